/* TVS messages: the reader refuses or understands; what it understands is written, read and answered the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tvs/answer.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tvs_snapshot *empty;
    const struct tvs_policy policy = {.now = 0};
    struct tvs_message m, again;
    struct tvs_outcome outcome;
    struct vox_error err;
    struct bytes b;
    size_t need;

    if (empty == NULL && tvs_snapshot_new(NULL, 0, &empty, NULL) != VOX_OK)
        abort();
    enum vox_err framed = tvs_frame(data, size, &need, &err);
    if (tvs_message_read(data, size, &m, &err) != VOX_OK)
        return 0;
    if (framed != VOX_OK || need != size)
        abort(); /* what reads whole is one frame */
    if (tvs_message_write(&m, &b, &err) != VOX_OK)
        abort();
    if (tvs_message_read(b.data, b.len, &again, &err) != VOX_OK || again.command != m.command ||
        again.session != m.session || again.device_len != m.device_len ||
        !bytes_equal(again.certificate, m.certificate) || !bytes_equal(again.serial, m.serial) ||
        (again.subject == NULL) != (m.subject == NULL) ||
        (m.subject != NULL && strcmp(again.subject, m.subject) != 0) || (again.issuer == NULL) != (m.issuer == NULL) ||
        (m.issuer != NULL && strcmp(again.issuer, m.issuer) != 0))
        abort();
    bytes_free(&b);
    if (tvs_answer(&m, empty, &policy, &b, &outcome, &err) == VOX_OK) {
        if (outcome.status != TVS_NOT_TRUSTED)
            abort(); /* an empty cluster trusts nobody */
        bytes_free(&b);
    }
    return 0;
}

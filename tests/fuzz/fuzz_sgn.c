/* Signed and encrypted files: reading, and verifying what was read. */
#include <ctl/show.h>
#include <ctl/sgn.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_view content;
    struct ctl_header h;
    struct vox_error err;
    json_t *json;
    FILE *out;

    if (sgn_read(data, size, &h, &content, &err) != VOX_OK)
        return 0;
    if (content.len + h.header_length != size)
        __builtin_trap();
    if ((out = fopen("/dev/null", "w")) != NULL) {
        ctl_header_show_text(&h, out);
        (void)fclose(out);
    }
    json = ctl_header_show_json(&h);
    json_decref(json);
    return 0;
}

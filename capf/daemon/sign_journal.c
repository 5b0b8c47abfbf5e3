#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sign_journal_parts.h"

struct sign_calls sign_calls = {write, pread, fdatasync, ftruncate};

enum vox_err sign_journal_add(struct sign_journal *j, const struct capf_journal_record *r, uint64_t *at,
                              struct vox_error *err)
{
    struct capf_journal_record mine = *r;

    mine.durable = j->durable;
    if (at != NULL)
        *at = j->size + j->pending.len;
    return capf_journal_put(&j->pending, j->nonce, j->size, &mine, err);
}

void sign_journal_drop(struct sign_journal *j)
{
    j->pending.len = 0;
}

/* Back to the last whole record that counts. */
static void cut_back(struct sign_journal *j, uint64_t size)
{
    j->size = size;
    j->ragged = sign_calls.ftruncate(j->fd, (off_t)size) != 0;
}

static bool write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = sign_calls.write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

enum vox_err sign_journal_write(struct sign_journal *j, bool sync, struct vox_error *err)
{
    const size_t len = j->pending.len;

    j->pending.len = 0;
    if (j->ragged)
        cut_back(j, j->size);
    if (j->ragged)
        return vox_fail_errno(err, VOX_E_IO, "the journal cannot be mended after a write that failed");
    if (!write_all(j->fd, j->pending.data, len)) {
        int why = errno;

        cut_back(j, j->size);
        errno = why;
        return vox_fail_errno(err, VOX_E_IO, "the journal cannot be written");
    }
    j->size += len;
    if (len > 0)
        j->claimed = j->durable;
    if (!sync || j->size == j->durable)
        return VOX_OK;
    if (sign_calls.fdatasync(j->fd) != 0) {
        int why = errno;

        /* What the disk has of these bytes nobody knows, and the next sync would not tell. */
        cut_back(j, j->durable);
        errno = why;
        return vox_fail_errno(err, VOX_E_IO, "the journal cannot be synced");
    }
    j->durable = j->size;
    return VOX_OK;
}

void sign_journal_mark(struct sign_journal *j)
{
    const struct capf_journal_record r = {.type = CAPF_JOURNAL_SYNCED};

    /* a mark's own bytes are not worth another mark */
    if (j->claimed < j->durable && j->pending.len == 0 && sign_journal_add(j, &r, NULL, NULL) == VOX_OK)
        (void)sign_journal_write(j, false, NULL);
}

static enum vox_err read_at(int fd, uint8_t *data, size_t len, uint64_t at, struct vox_error *err)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = sign_calls.pread(fd, data + got, len - got, (off_t)(at + got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? vox_fail(err, VOX_E_IO, "the journal is shorter than it was")
                          : vox_fail_errno(err, VOX_E_IO, "the journal cannot be read");
        got += (size_t)n;
    }
    return VOX_OK;
}

enum vox_err sign_journal_certificate(const struct sign_journal *j, const struct sign_request *q, struct bytes *out,
                                      struct vox_error *err)
{
    const int fd = q->source == 0 ? j->fd : j->others[q->source - 1].fd;
    enum vox_err code;

    *out = (struct bytes){malloc(q->length), q->length};
    if (out->data == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory for a certificate");
    if ((code = read_at(fd, out->data, out->len, q->result, err)) != VOX_OK)
        bytes_free(out);
    return code;
}

enum vox_err sign_journal_follow(struct sign_journal *j, struct sign_known *known, struct vox_error *err)
{
    for (size_t i = 0; i < j->nothers; i++) {
        struct sign_other *o = &j->others[i];
        struct sign_replay replay = {known, (uint8_t)(i + 1)};
        struct stat st;
        uint8_t *more;
        size_t len;
        enum vox_err code;

        if (fstat(o->fd, &st) != 0)
            return vox_fail_errno(err, VOX_E_IO, "the journal of the signer before this one");
        if ((uint64_t)st.st_size <= o->at)
            continue;
        len = (size_t)((uint64_t)st.st_size - o->at);
        if ((more = malloc(len)) == NULL)
            return vox_fail(err, VOX_E_MEMORY, "no memory for the journal");
        if ((code = read_at(o->fd, more, len, o->at, err)) == VOX_OK)
            code = capf_journal_read((struct bytes_view){more, len}, o->at, sign_replay_record, &replay, o->nonce,
                                     &o->at, err);
        free(more);
        if (code != VOX_OK)
            return code;
    }
    return VOX_OK;
}

void sign_journal_close(struct sign_journal **j)
{
    if (*j == NULL)
        return;
    if ((*j)->fd >= 0) {
        (void)sign_journal_write(*j, true, NULL); /* RECORDED marks: missing, they cost a look at the store */
        sign_journal_mark(*j);
        (void)close((*j)->fd);
    }
    for (size_t i = 0; i < (*j)->nothers; i++)
        (void)close((*j)->others[i].fd);
    tlv_writer_free(&(*j)->pending);
    free(*j);
    *j = NULL;
}

#include "tail_packed.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/file.h>
#include <libcert/gzip.h>
#include <libcert/limits.h>

#include "tail_find.h"

size_t tail_packed_name(const char *name)
{
    static const char end[] = ".gz";
    const size_t len = strlen(name);

    return len > sizeof end - 1 && strcmp(name + len - (sizeof end - 1), end) == 0 ? len - (sizeof end - 1) : 0;
}

bool tail_packed_fits(const char *path, const struct followed_position *at)
{
    uint8_t packed[16 * 1024], data[FOLLOWED_HEAD];
    const size_t want = at->offset < FOLLOWED_HEAD ? (size_t)at->offset : FOLLOWED_HEAD;
    char head[FOLLOWED_HEAD_MAX];
    int fd = tail_open(path);
    ssize_t n;

    if (fd < 0)
        return false;
    n = pread(fd, packed, sizeof packed, 0);
    (void)close(fd);
    return n > 0 && gzip_begin((struct bytes_view){packed, (size_t)n}, data, want) == want &&
           followed_head((struct bytes_view){data, want}, head, NULL) == VOX_OK && strcmp(head, at->head) == 0;
}

int tail_packed_open(const char *path, struct vox_error *err)
{
    struct bytes packed = {NULL, 0};
    struct stat st;
    int from = tail_open(path), to = -1;

    if (from < 0) {
        (void)vox_fail_errno(err, VOX_E_IO, "cannot be opened");
        return -1;
    }
    if (fstat(from, &st) != 0 || (to = memfd_create("log", MFD_CLOEXEC)) < 0) {
        (void)vox_fail_errno(err, VOX_E_IO, "cannot be unpacked");
    } else if (file_read_fd(from, LIMIT_PACKED_LOG, &packed, err) != VOX_OK ||
               gzip_unpack_fd(bytes_view_of(&packed), LIMIT_PACKED_LOG, to, err) != VOX_OK) {
        (void)close(to);
        to = -1;
    } else {
        const struct timespec times[2] = {st.st_atim, st.st_mtim};

        (void)futimens(to, times); /* rotated files are taken in the order in which they were written */
    }
    (void)close(from);
    bytes_free(&packed);
    return to;
}

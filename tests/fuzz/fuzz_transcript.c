/* A ceremony's transcript that somebody brings: refused at a line with a reason, or a chain whose steps can be looked
 * at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <transcript.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool true_always)
{
    if (!true_always)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static int fd = -1;
    static char path[64];
    struct vox_error err = {.code = VOX_OK};
    struct transcript *t;

    if (fd < 0) {
        fd = memfd_create("transcript", MFD_CLOEXEC);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    must(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, len, 0) == (ssize_t)len);
    if (transcript_read(path, &t, &err) != VOX_OK) {
        must(t == NULL && err.code == VOX_E_INPUT && err.text[0] != '\0');
        return 0;
    }
    must(transcript_count(t) > 0 && strlen(transcript_hash(t)) == TRANSCRIPT_HASH_MAX - 1);
    for (size_t i = 0; i < transcript_count(t); i++) {
        const char *what, *time, *before;
        const json_t *detail = transcript_at(t, i, &what, &time, &before);

        must(json_is_object(detail) && strlen(before) == TRANSCRIPT_HASH_MAX - 1);
        must(time[strspn(time, "0123456789-:TZ+.")] == '\0');
        must(transcript_last(t, what) != NULL);
    }
    transcript_free(&t);
    return 0;
}

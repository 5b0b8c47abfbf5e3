#include "transcript.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <libcert/clock.h>
#include <libcert/file.h>

struct transcript {
    int fd;        /* -1: to look at alone */
    json_t *steps; /* array of the lines */
    char hash[TRANSCRIPT_HASH_MAX];
};

static struct transcript *make(struct vox_error *err)
{
    struct transcript *t = calloc(1, sizeof *t);

    if (t != NULL && (t->steps = json_array()) != NULL) {
        t->fd = -1;
        memset(t->hash, '0', sizeof t->hash - 1);
        return t;
    }
    free(t);
    (void)vox_fail(err, VOX_E_MEMORY, "no memory");
    return NULL;
}

void transcript_free(struct transcript **t)
{
    if (*t == NULL)
        return;
    if ((*t)->fd >= 0)
        (void)close((*t)->fd);
    json_decref((*t)->steps);
    free(*t);
    *t = NULL;
}

static enum vox_err hash_of(const char *line, size_t len, char out[static TRANSCRIPT_HASH_MAX], struct vox_error *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;

    if (EVP_Digest(line, len, digest, &n, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    hex_encode(digest, n, out);
    return VOX_OK;
}

enum vox_err transcript_begin(const char *path, struct transcript **out, struct vox_error *err)
{
    enum vox_err code = file_create(path, "", 0, 0644, err);

    *out = NULL;
    if (code != VOX_OK)
        return code;
    if ((*out = make(err)) == NULL)
        return VOX_E_MEMORY;
    if (((*out)->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)) >= 0)
        return VOX_OK;
    transcript_free(out);
    return vox_fail_errno(err, VOX_E_IO, "it cannot be opened");
}

/* One line: does it follow the ones before it? */
static enum vox_err take_line(struct transcript *t, const char *line, size_t len, struct vox_error *err)
{
    const size_t n = json_array_size(t->steps) + 1;
    const char *before, *what, *time;
    char is[CLOCK_RFC3339_MAX];
    json_int_t number;
    int64_t when;
    json_t *step = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL), *detail;

    if (step == NULL || json_unpack(step, "{s:I, s:s, s:s, s:s, s:o !}", "n", &number, "before", &before, "time", &time,
                                    "what", &what, "detail", &detail) != 0) {
        json_decref(step);
        return vox_fail(err, VOX_E_INPUT, "line %zu is no step of a ceremony", n);
    }
    if (clock_parse(time, &when, NULL) != VOX_OK || (clock_format(when, is), strcmp(is, time) != 0)) {
        json_decref(step);
        return vox_fail(err, VOX_E_INPUT, "line %zu says no time as a ceremony writes it", n);
    }
    if (number != (json_int_t)n || strcmp(before, t->hash) != 0 || !json_is_object(detail)) {
        json_decref(step);
        return vox_fail(err, VOX_E_INPUT, "the chain breaks at line %zu: a line was changed, taken out or put in", n);
    }
    if (json_array_append_new(t->steps, step) != 0)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    return hash_of(line, len, t->hash, err);
}

enum vox_err transcript_read(const char *path, struct transcript **out, struct vox_error *err)
{
    struct bytes file;
    size_t at = 0;
    enum vox_err code = file_read(path, TRANSCRIPT_FILE_MAX, &file, err);

    *out = NULL;
    if (code != VOX_OK)
        return code;
    if ((*out = make(err)) == NULL)
        code = VOX_E_MEMORY;
    while (code == VOX_OK && at < file.len) {
        const uint8_t *end = memchr(file.data + at, '\n', file.len - at);

        if (end == NULL)
            code = vox_fail(err, VOX_E_INPUT, "its last line has no end");
        else if ((code = take_line(*out, (const char *)file.data + at, (size_t)(end - file.data) - at, err)) == VOX_OK)
            at = (size_t)(end - file.data) + 1;
    }
    bytes_free(&file);
    if (code == VOX_OK && json_array_size((*out)->steps) == 0)
        code = vox_fail(err, VOX_E_INPUT, "it is empty");
    if (code != VOX_OK)
        transcript_free(out);
    return code;
}

enum vox_err transcript_resume(const char *path, struct transcript **out, struct vox_error *err)
{
    enum vox_err code = transcript_read(path, out, err);

    if (code == VOX_OK && ((*out)->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)) < 0) {
        code = vox_fail_errno(err, VOX_E_IO, "it cannot be opened");
        transcript_free(out);
    }
    return code;
}

enum vox_err transcript_add(struct transcript *t, const char *what, json_t *detail, struct vox_error *err)
{
    char time[CLOCK_RFC3339_MAX];
    json_t *step;
    char *line = NULL;
    enum vox_err code = VOX_OK;

    clock_format(clock_now(), time);
    step = json_pack("{s:I, s:s, s:s, s:s, s:o}", "n", (json_int_t)json_array_size(t->steps) + 1, "before", t->hash,
                     "time", time, "what", what, "detail", detail);
    if (step == NULL || (line = json_dumps(step, JSON_COMPACT | JSON_PRESERVE_ORDER)) == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory for a step of the transcript");
    if (code == VOX_OK && (code = hash_of(line, strlen(line), t->hash, err)) == VOX_OK &&
        json_array_append(t->steps, step) != 0)
        code = vox_fail(err, VOX_E_MEMORY, "no memory for a step of the transcript");
    if (code == VOX_OK &&
        (file_write_fd(t->fd, line, strlen(line)) != 0 || file_write_fd(t->fd, "\n", 1) != 0 || fsync(t->fd) != 0))
        code = vox_fail_errno(err, VOX_E_IO, "the transcript cannot be written");
    free(line);
    json_decref(step);
    return code;
}

const char *transcript_hash(const struct transcript *t)
{
    return t->hash;
}

size_t transcript_count(const struct transcript *t)
{
    return json_array_size(t->steps);
}

const json_t *transcript_at(const struct transcript *t, size_t i, const char **what, const char **time,
                            const char **before)
{
    const json_t *step = json_array_get(t->steps, i);

    *what = json_string_value(json_object_get(step, "what"));
    *time = json_string_value(json_object_get(step, "time"));
    *before = json_string_value(json_object_get(step, "before"));
    return json_object_get(step, "detail");
}

const json_t *transcript_last(const struct transcript *t, const char *what)
{
    for (size_t i = json_array_size(t->steps); i > 0; i--) {
        const json_t *step = json_array_get(t->steps, i - 1);

        if (strcmp(json_string_value(json_object_get(step, "what")), what) == 0)
            return json_object_get(step, "detail");
    }
    return NULL;
}

#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include <libcert/file.h>

struct fetch {
    char *from;
    CURL *curl; /* NULL: a folder */
    char why[CURL_ERROR_SIZE];
};

/* What is coming. */
struct sink {
    struct bytes *out;
    size_t room, max;
    bool too_large, no_memory;
};

static size_t take(char *data, size_t size, size_t n, void *arg)
{
    struct sink *s = arg;
    const size_t len = size * n;

    if (len > s->max - s->out->len) {
        s->too_large = true;
        return 0;
    }
    if (s->out->len + len > s->room) {
        size_t room = s->room * 2 > s->out->len + len ? s->room * 2 : s->out->len + len;
        uint8_t *more = realloc(s->out->data, room);

        if (more == NULL) {
            s->no_memory = true;
            return 0;
        }
        s->out->data = more;
        s->room = room;
    }
    memcpy(s->out->data + s->out->len, data, len);
    s->out->len += len;
    return len;
}

static bool is_net(const char *from)
{
    return strncasecmp(from, "http://", 7) == 0 || strncasecmp(from, "tftp://", 7) == 0;
}

static enum vox_err check_folder(const char *from, struct vox_error *err)
{
    struct stat st;

    if (strstr(from, "://") != NULL)
        return vox_fail(err, VOX_E_USAGE, "%s: a folder, http:// or tftp://", from);
    if (stat(from, &st) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", from);
    return S_ISDIR(st.st_mode) ? VOX_OK : vox_fail(err, VOX_E_IO, "%s: no folder", from);
}

/* Nothing but what was asked for: no other protocol, no other place, no proxy. */
static bool set_up(struct fetch *f, unsigned timeout_s)
{
    return (f->curl = curl_easy_init()) != NULL &&
           curl_easy_setopt(f->curl, CURLOPT_PROTOCOLS_STR, "http,tftp") == CURLE_OK &&
           curl_easy_setopt(f->curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(f->curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(f->curl, CURLOPT_TIMEOUT, (long)timeout_s) == CURLE_OK &&
           curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(f->curl, CURLOPT_ERRORBUFFER, f->why) == CURLE_OK;
}

enum vox_err fetch_open(const char *from, unsigned timeout_s, struct fetch **out, struct vox_error *err)
{
    struct fetch *f;
    enum vox_err code;

    *out = NULL;
    if (!is_net(from) && (code = check_folder(from, err)) != VOX_OK)
        return code;
    f = calloc(1, sizeof *f);
    if (f == NULL || (f->from = strdup(from)) == NULL || (is_net(from) && !set_up(f, timeout_s))) {
        fetch_close(&f);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    *out = f;
    return VOX_OK;
}

void fetch_close(struct fetch **f)
{
    if (*f == NULL)
        return;
    if ((*f)->curl != NULL)
        curl_easy_cleanup((*f)->curl);
    free((*f)->from);
    free(*f);
    *f = NULL;
}

static enum vox_err from_net(struct fetch *f, const char *url, size_t max, struct bytes *out, struct vox_error *err)
{
    struct sink sink = {.out = out, .max = max};
    long status = 0;
    CURLcode rc;
    bool http = strncasecmp(url, "http", 4) == 0;

    f->why[0] = '\0';
    if (curl_easy_setopt(f->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, &sink) != CURLE_OK)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    rc = curl_easy_perform(f->curl);
    (void)curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (sink.too_large)
        return vox_fail(err, VOX_E_INPUT, "%s: more than %zu bytes", url, max);
    if (sink.no_memory)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (rc == CURLE_TFTP_NOTFOUND || rc == CURLE_REMOTE_FILE_NOT_FOUND || (rc == CURLE_OK && http && status == 404))
        return vox_fail(err, VOX_E_NOT_FOUND, "%s: not there", url);
    if (rc != CURLE_OK)
        return vox_fail(err, VOX_E_IO, "%s: %s", url, f->why[0] != '\0' ? f->why : curl_easy_strerror(rc));
    if (http && status != 200)
        return vox_fail(err, VOX_E_IO, "%s: the server answers with status %ld", url, status);
    return VOX_OK;
}

enum vox_err fetch_file(struct fetch *f, const char *name, size_t max, struct bytes *out, struct vox_error *err)
{
    size_t len = strlen(f->from);
    enum vox_err code;
    char *url;

    *out = (struct bytes){NULL, 0};
    if (name[0] == '.' ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(name))
        return vox_fail(err, VOX_E_INPUT, "%s is no name of a phone's file", name);
    if (asprintf(&url, "%s%s%s", f->from, len > 0 && f->from[len - 1] == '/' ? "" : "/", name) < 0)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (f->curl != NULL) {
        code = from_net(f, url, max, out, err);
    } else {
        code = file_read(url, max, out, err);
        if (code != VOX_OK)
            (void)vox_error_prefix(err, "%s", url);
    }
    free(url);
    if (code != VOX_OK)
        bytes_free(out);
    return code;
}

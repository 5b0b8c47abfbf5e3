/*
 * A daemon for tests of the skeleton alone: an echo that passes through every process.
 *
 *   echod CERT.pem ADDR:PORT FOLDER [STATUS [IDLE-SECONDS]]
 *
 * A message is its length (1 byte) and so many bytes, 200 in all at most. The server speaks first: "hello". Each
 * message goes from the net process to "front" (which writes it to FOLDER/said) and on to "back", which turns its bytes
 * round; "quit" ends the connection, "slow" waits for as long as the file FOLDER/hold is there; "rude" makes the net
 * process say to front what it must not. "count" goes to "aide" instead, which is started anew alone when it falls:
 * front waits for it then, and it says how often it was asked. Files in FOLDER rule what else happens: with "unwell"
 * back does not start; with "stall" it starts when that has gone; with "lame" aide does not start; with "stuck" front
 * never ends by itself.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libcert/bundle.h>
#include <libcert/file.h>
#include <libcert/key.h>
#include <libcert/limits.h>
#include <libcert/log.h>
#include <libcert/serve.h>
#include <libcert/tlsctx.h>

enum { HEAD = sizeof(uint64_t), WAITING_MAX = 64, MESSAGE_MAX = 200 };

static struct daemon {
    const char *pem, *folder;
    struct serve_link *other;           /* of this process: back's or front's */
    struct serve_link *aide;            /* front: NULL while there is none */
    struct serve_link *of[WAITING_MAX]; /* front: where a connection's messages came from, by the low bits of its id */
    struct bytes held;                  /* front: a message that waits for the file to go */
    struct bytes counts;                /* front: a message that waits for aide */
    unsigned count;                     /* aide */
} daemon_state;

static bool is_there(const struct daemon *d, const char *name)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", d->folder, name);
    return access(path, F_OK) == 0;
}

static enum vox_err pass(struct serve_link *l, uint64_t id, const uint8_t *data, size_t len)
{
    uint8_t m[HEAD + 256];

    memcpy(m, &id, HEAD);
    memcpy(m + HEAD, data, len);
    const struct bytes_view v = {m, HEAD + len};

    (void)(l != NULL ? serve_link_send(l, v) : serve_to_service(v));
    return VOX_OK;
}

static uint64_t id_of(struct bytes_view m)
{
    uint64_t id = 0;

    if (m.len >= HEAD)
        memcpy(&id, m.data, HEAD);
    return id;
}

/* --- front: has files, stands between net and back --- */

static enum vox_err front_prepare(void *arg, struct serve_files *f, struct vox_error *err)
{
    return serve_may_use(f, ((const struct daemon *)arg)->folder, err);
}

static void front_linked(void *arg, struct serve_link *l, const char *name)
{
    struct daemon *d = arg;

    if (name != NULL && strcmp(name, "aide") == 0) {
        log_line(LOG_LEVEL_NOTICE, "aide is %s", d->aide == NULL ? "there" : "there twice");
        d->aide = l;
        if (d->counts.len > 0)
            (void)pass(l, id_of(bytes_view_of(&d->counts)), d->counts.data + HEAD, d->counts.len - HEAD);
    } else if (name != NULL) {
        d->other = l;
    }
}

static bool hold(const struct daemon *d)
{
    return is_there(d, "hold");
}

static void front_stop(void *arg)
{
    while (is_there(arg, "stuck"))
        (void)poll(NULL, 0, 50);
    log_line(LOG_LEVEL_NOTICE, "front has ended");
}

static enum vox_err front_message(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err)
{
    struct daemon *d = arg;
    char path[512];

    if (m.len < HEAD)
        return vox_fail(err, VOX_E_INPUT, "too short");
    if (l == d->other || l == d->aide) {
        struct serve_link *net = d->of[id_of(m) % WAITING_MAX];

        if (l == d->aide)
            bytes_free(&d->counts);
        return net != NULL ? pass(net, id_of(m), m.data + HEAD, m.len - HEAD) : VOX_OK;
    }
    d->of[id_of(m) % WAITING_MAX] = l;
    (void)snprintf(path, sizeof path, "%s/said", d->folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, m.data + HEAD, m.len - HEAD) < 0 || write(fd, "\n", 1) != 1)
        log_line(LOG_LEVEL_ERROR, "said cannot be written");
    if (fd >= 0)
        (void)close(fd);
    if (m.len == HEAD + 4 && memcmp(m.data + HEAD, "slow", 4) == 0 && hold(d))
        return bytes_copy(&d->held, m.data, m.len, err);
    if (m.len == HEAD + 5 && memcmp(m.data + HEAD, "count", 5) == 0) {
        if (d->aide != NULL)
            (void)pass(d->aide, id_of(m), m.data + HEAD, m.len - HEAD);
        return bytes_copy(&d->counts, m.data, m.len, err);
    }
    return d->other != NULL ? pass(d->other, id_of(m), m.data + HEAD, m.len - HEAD) : VOX_OK;
}

static void front_tick(void *arg)
{
    struct daemon *d = arg;

    if (d->held.len > 0 && !hold(d)) {
        (void)pass(d->other, id_of(bytes_view_of(&d->held)), d->held.data + HEAD, d->held.len - HEAD);
        bytes_free(&d->held);
    }
}

static void front_gone(void *arg, struct serve_link *l)
{
    struct daemon *d = arg;

    for (size_t i = 0; i < WAITING_MAX; i++)
        d->of[i] = d->of[i] == l ? NULL : d->of[i];
    if (l == d->aide) {
        log_line(LOG_LEVEL_NOTICE, "aide is gone");
        d->aide = NULL;
    }
    if (l == d->other) {
        log_line(LOG_LEVEL_NOTICE, "back is gone");
        exit(4);
    }
}

static void front_ending(void *arg)
{
    (void)arg;
    log_line(LOG_LEVEL_NOTICE, "front's set ends");
}

/* --- back: has nothing but its link --- */

static enum vox_err back_start(void *arg, struct vox_error *err)
{
    while (is_there(arg, "stall"))
        (void)poll(NULL, 0, 50);
    return is_there(arg, "unwell") ? vox_fail(err, VOX_E_IO, "back is unwell") : VOX_OK;
}

static void back_stop(void *arg)
{
    (void)arg;
    log_line(LOG_LEVEL_NOTICE, "back has ended");
}

static void back_linked(void *arg, struct serve_link *l, const char *name)
{
    struct daemon *d = arg;

    (void)name;
    d->other = l;
}

static enum vox_err turn(struct daemon *d, struct bytes_view m)
{
    uint8_t turned[256];
    size_t len = m.len - HEAD;

    for (size_t i = 0; i < len; i++)
        turned[i] = m.data[HEAD + len - 1 - i];
    return pass(d->other, id_of(m), turned, len);
}

static enum vox_err back_message(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err)
{
    struct daemon *d = arg;

    (void)l;
    if (m.len < HEAD || m.len > HEAD + 255)
        return vox_fail(err, VOX_E_INPUT, "too short or long");
    return turn(d, m);
}

static void back_gone(void *arg, struct serve_link *l)
{
    struct daemon *d = arg;

    (void)l;
    d->other = NULL;
}

/* --- aide: falls at times --- */

static enum vox_err aide_start(void *arg, struct vox_error *err)
{
    return is_there(arg, "lame") ? vox_fail(err, VOX_E_IO, "aide is lame") : VOX_OK;
}

static enum vox_err aide_message(void *arg, struct serve_link *l, struct bytes_view m, struct vox_error *err)
{
    struct daemon *d = arg;
    char text[32];

    if (m.len < HEAD)
        return vox_fail(err, VOX_E_INPUT, "too short");
    (void)snprintf(text, sizeof text, "asked %u", ++d->count);
    return pass(l, id_of(m), (const uint8_t *)text, strlen(text));
}

/* --- net --- */

static enum vox_err frame(const uint8_t *data, size_t len, size_t *need, struct vox_error *err)
{
    *need = len > 0 ? 1 + (size_t)data[0] : 1;
    if (len > 0 && data[0] == 0)
        return vox_fail(err, VOX_E_INPUT, "an empty message");
    return len >= *need && len > 0 ? VOX_OK : VOX_E_NOT_FOUND;
}

static enum serve_verdict message(void *arg, const struct serve_peer *peer, struct bytes_view m, struct bytes *reply,
                                  struct vox_error *err)
{
    (void)arg;
    (void)reply;
    (void)err;
    if (m.len == 5 && memcmp(m.data + 1, "rude", 4) == 0)
        (void)serve_to_service((struct bytes_view){m.data, 1});
    else
        (void)pass(NULL, peer->id, m.data + 1, m.len - 1);
    return SERVE_LATER;
}

static void reply_with(uint64_t id, const void *data, size_t len, bool end)
{
    struct bytes reply;
    uint8_t out[256];

    out[0] = (uint8_t)len;
    memcpy(out + 1, data, len);
    if (bytes_copy(&reply, out, len + 1, NULL) == VOX_OK)
        (void)serve_reply(id, &reply, 0, end);
}

static void opened(void *arg, const struct serve_peer *peer)
{
    (void)arg;
    reply_with(peer->id, "hello", 5, false);
}

static void closed(void *arg, const struct serve_peer *peer, const char *why)
{
    (void)arg;
    serve_count(0);
    log_line(LOG_LEVEL_NOTICE, "%s: over: %s", peer->address, why);
}

static enum vox_err linked(void *arg, struct bytes_view m, struct vox_error *err)
{
    (void)arg;
    if (m.len < HEAD)
        return vox_fail(err, VOX_E_INPUT, "too short");
    reply_with(id_of(m), m.data + HEAD, m.len - HEAD, m.len == HEAD + 4 && memcmp(m.data + HEAD, "tiuq", 4) == 0);
    return VOX_OK;
}

static enum vox_err contexts(void *arg, const uint8_t *secret, SSL_CTX **main_ctx, SSL_CTX **legacy,
                             struct vox_error *err)
{
    const struct daemon *d = arg;
    struct tlsctx_server_params p = {.policy = tlspolicy_default(), .ticket_secret = secret};
    struct cert *cert = NULL;
    struct bytes file = {NULL, 0};
    struct bundle b;
    enum vox_err code = key_open(d->pem, NULL, &p.identity.key, err);

    (void)legacy;
    if (code == VOX_OK)
        code = file_read(d->pem, LIMIT_BUNDLE_FILE, &file, err);
    if (code == VOX_OK && (code = bundle_read(file.data, file.len, d->pem, NULL, &b, err)) == VOX_OK) {
        cert = cert_ref(b.certs[0]);
        p.identity.chain = &cert;
        p.identity.nchain = 1;
        code = tlsctx_server(&p, main_ctx, err);
        bundle_free(&b);
    }
    bytes_wipe(&file);
    cert_free(&cert);
    EVP_PKEY_free(p.identity.key);
    return code;
}

int main(int argc, char **argv)
{
    static const char *const behind[] = {"back", "aide", NULL};
    static const struct serve_counter counters[] = {{"closed_total", "Connections that ended", false}};

    if (argc < 4)
        return 2;
    daemon_state.pem = argv[1];
    daemon_state.folder = argv[3];
    const struct serve_listener listener = {argv[2], false};
    const struct serve_service services[] = {
        {.name = "back",
         .start = back_start,
         .linked = back_linked,
         .message = back_message,
         .gone = back_gone,
         .stop = back_stop},
        {.name = "aide",
         .alone = true,
         .start = aide_start,
         .linked = back_linked,
         .message = aide_message,
         .gone = back_gone},
        {.name = "front",
         .links = behind,
         .to_net = true,
         .files = argv[3],
         .prepare = front_prepare,
         .linked = front_linked,
         .message = front_message,
         .tick = front_tick,
         .gone = front_gone,
         .ending = front_ending,
         .stop = front_stop},
    };
    struct serve_app app = {.name = "echod",
                            .argv = argv,
                            .listeners = &listener,
                            .nlisteners = 1,
                            .limits = serve_limits_default(),
                            .workers = 2,
                            .arg = &daemon_state,
                            .counters = counters,
                            .ncounters = 1,
                            .contexts = contexts,
                            .frame = frame,
                            .message = message,
                            .opened = opened,
                            .closed = closed,
                            .linked = linked,
                            .services = services,
                            .nservices = 3};

    app.status_address = argc > 4 ? argv[4] : NULL;
    log_open("echod", LOG_LEVEL_INFO);
    app.limits.message_max = MESSAGE_MAX;
    if (argc > 5 && strcmp(argv[5], "--sandbox-test") != 0)
        app.limits.idle_s = (unsigned)strtoul(argv[5], NULL, 10);
    else if (argc > 5)
        return serve_sandbox_test(&app);
    return serve_run(&app);
}

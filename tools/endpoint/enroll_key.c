#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "enroll.h"

enum {
    RSA_LEAST = 512, /* what servers have ordered; whoever runs one decides */
    RSA_MOST = 4096,
    FIRST_WORD_MS = 500, /* a key that is made sooner needs no word to the server */
    NEXT_WORD_MS = 5000, /* and then often enough for a server that waits ten seconds */
};

enum vox_err enroll_order(const struct capf_message *m, const struct key_spec *fallback, struct key_spec *out,
                          struct vox_error *err)
{
    static const char *const curves[] = {[CAPF_P256] = "P-256", [CAPF_P384] = "P-384", [CAPF_P521] = "P-521"};

    *out = *fallback;
    if (CAPF_HAS(m, CAPF_KEY_TYPE) && m->key_type == CAPF_KEY_EC) {
        *out = (struct key_spec){.type = KEY_EC, .curve = fallback->type == KEY_EC ? fallback->curve : curves[0]};
        if (!CAPF_HAS(m, CAPF_CURVE))
            return VOX_OK;
        if (m->curve >= sizeof curves / sizeof *curves)
            return vox_fail(err, VOX_E_NO, "the server orders a key on curve %u, which is not known", m->curve);
        out->curve = curves[m->curve];
        return VOX_OK;
    }
    if (CAPF_HAS(m, CAPF_KEY_TYPE) && m->key_type != CAPF_KEY_RSA)
        return vox_fail(err, VOX_E_NO, "the server orders a key of type %u, which is not known", m->key_type);
    if (!CAPF_HAS(m, CAPF_KEY_TYPE) && !CAPF_HAS(m, CAPF_KEY_SIZE))
        return VOX_OK;
    *out = (struct key_spec){.type = KEY_RSA, .rsa_bits = fallback->type == KEY_RSA ? fallback->rsa_bits : 2048};
    if (!CAPF_HAS(m, CAPF_KEY_SIZE))
        return VOX_OK;
    if (m->key_size < RSA_LEAST || m->key_size > RSA_MOST)
        return vox_fail(err, VOX_E_NO, "the server orders an RSA key of %u bits: %d to %d are made here", m->key_size,
                        RSA_LEAST, RSA_MOST);
    out->rsa_bits = m->key_size;
    return VOX_OK;
}

/* A key in the making, in a thread of its own so that the server can be kept patient. */
struct making {
    const struct key_spec *spec;
    EVP_PKEY *key;
    struct vox_error err;
    enum vox_err code;
    bool done;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void *make(void *arg)
{
    struct making *m = arg;
    enum vox_err code = key_generate(m->spec, &m->key, &m->err);

    (void)pthread_mutex_lock(&m->lock);
    m->code = code;
    m->done = true;
    (void)pthread_cond_signal(&m->changed);
    (void)pthread_mutex_unlock(&m->lock);
    return NULL;
}

/* Until the key is there or ms have passed: which? */
static bool made_within(struct making *m, unsigned ms)
{
    struct timespec until;
    bool done;
    int rc = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_mutex_lock(&m->lock);
    while (!m->done && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&m->changed, &m->lock, &until);
    done = m->done;
    (void)pthread_mutex_unlock(&m->lock);
    return done;
}

static enum vox_err ask_for_patience(struct enroll *e, struct vox_error *err)
{
    struct capf_message m = {.command = CAPF_REQUEST_IN_PROGRESS};

    return enroll_send(e, &m, err);
}

enum vox_err enroll_make_key(struct enroll *e, const struct key_spec *spec, EVP_PKEY **out, struct vox_error *err)
{
    struct making m = {.spec = spec, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    bool as_ordered = e->args->in_progress >= 0;
    enum vox_err code = VOX_OK;
    pthread_t thread;
    unsigned wait = FIRST_WORD_MS;

    *out = NULL;
    if (pthread_create(&thread, NULL, make, &m) != 0)
        return vox_fail(err, VOX_E_MEMORY, "no thread to make a key in");
    for (int i = 0; code == VOX_OK && i < e->args->in_progress; i++)
        code = ask_for_patience(e, err);
    while (code == VOX_OK && !as_ordered && !made_within(&m, wait)) {
        code = ask_for_patience(e, err);
        wait = NEXT_WORD_MS;
    }
    (void)pthread_join(thread, NULL); /* also when the server has gone: the library cannot be interrupted */
    (void)pthread_mutex_destroy(&m.lock);
    (void)pthread_cond_destroy(&m.changed);
    if (code == VOX_OK && (code = m.code) != VOX_OK)
        *err = m.err;
    if (code == VOX_OK)
        *out = m.key;
    else
        EVP_PKEY_free(m.key);
    return code;
}

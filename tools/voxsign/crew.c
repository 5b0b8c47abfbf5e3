#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cli/output.h>

#include "commit.h"

enum {
    BATCH = 512,       /* files that are synced and put in place together */
    LOOK_MS = 100,     /* how often the foreman looks up, for the progress bar and Ctrl-C */
    PROGRESS_FROM = 50 /* files */
};

struct crew {
    struct plan *plan;
    const struct signer *signer;
    atomic_size_t next; /* job to take */
    /* under lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job **staged; /* waiting for the foreman */
    size_t nstaged;
    size_t done; /* jobs with an outcome, or staged */
    unsigned working;
};

static atomic_int caught; /* lock-free: a handler may write it */

static void on_signal(int number)
{
    caught = number;
}

unsigned crew_cores(void)
{
    cpu_set_t set;
    const int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return n > 0 ? (unsigned)n : 1;
}

static void *work(void *arg)
{
    struct crew *c = arg;
    /* A key of one's own: RSA blinding has a lock per key, and threads on one key wait for each other. Keys that cannot
     * be copied are shared. */
    EVP_PKEY *own = EVP_PKEY_dup(c->signer->key), *key = own != NULL ? own : c->signer->key;

    while (caught == 0) {
        const size_t i = atomic_fetch_add(&c->next, 1);
        struct vox_error err;
        struct job *j;

        if (i >= c->plan->njobs)
            break;
        j = &c->plan->jobs[i];
        if (sign_one(j, c->signer, key, &err) != VOX_OK)
            job_fail(j, &err);
        (void)pthread_mutex_lock(&c->lock);
        c->done++;
        if (j->outcome == JOB_STAGED)
            c->staged[c->nstaged++] = j;
        if (c->nstaged == BATCH)
            (void)pthread_cond_signal(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
    }
    EVP_PKEY_free(own);
    (void)pthread_mutex_lock(&c->lock);
    c->working--;
    (void)pthread_cond_signal(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void wait_a_little(struct crew *c)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    (void)pthread_cond_timedwait(&c->changed, &c->lock, &until);
}

/* Put in place what the others have staged, until all is done. batch has room for all jobs. */
static void lead(struct crew *c, struct job **batch, struct cli_progress *progress)
{
    (void)pthread_mutex_lock(&c->lock);
    while (c->working > 0 || c->nstaged > 0) {
        cli_progress_update(progress, c->done);
        if (c->nstaged < BATCH && c->working > 0) {
            wait_a_little(c);
            continue;
        }
        if (caught != 0 && c->working > 0) { /* what is staged is dropped when nobody adds to it any more */
            wait_a_little(c);
            continue;
        }
        const size_t n = c->nstaged;

        memcpy(batch, c->staged, n * sizeof *batch);
        c->nstaged = 0;
        (void)pthread_mutex_unlock(&c->lock);
        if (caught == 0)
            commit_batch(batch, n);
        else
            for (size_t i = 0; i < n; i++)
                commit_drop(batch[i]);
        (void)pthread_mutex_lock(&c->lock);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

/* Start threads; how many there are. Signals come to the foreman. */
static unsigned start(struct crew *c, pthread_t *threads, unsigned n)
{
    sigset_t all, old;
    unsigned started = 0;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    c->working = n;
    while (started < n && pthread_create(&threads[started], NULL, work, c) == 0)
        started++;
    (void)pthread_mutex_lock(&c->lock);
    c->working -= n - started;
    (void)pthread_mutex_unlock(&c->lock);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof signals / sizeof *signals };

/* One that is ignored (nohup) stays ignored. */
static void catch_signals(struct sigaction old[static SIGNALS])
{
    struct sigaction on = {.sa_handler = on_signal};

    caught = 0;
    (void)sigemptyset(&on.sa_mask);
    for (int i = 0; i < SIGNALS; i++) {
        (void)sigaction(signals[i], NULL, &old[i]);
        if (old[i].sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &on, NULL);
    }
}

static void restore_signals(const struct sigaction old[static SIGNALS])
{
    for (int i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &old[i], NULL);
}

enum vox_err crew_run(struct plan *plan, const struct signer *s, unsigned threads, int *interrupted,
                      struct vox_error *err)
{
    struct crew c = {.plan = plan, .signer = s, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct sigaction old[SIGNALS];
    struct cli_progress *progress = NULL;
    struct job **batch = calloc(plan->njobs + 1, sizeof(struct job *));
    pthread_t *ids = NULL;
    pthread_condattr_t monotonic;
    enum vox_err code;
    unsigned started;

    *interrupted = 0;
    if (threads > plan->njobs)
        threads = (unsigned)plan->njobs;
    c.staged = calloc(plan->njobs + 1, sizeof(struct job *));
    ids = calloc(threads + 1, sizeof *ids);
    if (batch == NULL || c.staged == NULL || ids == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
        goto out;
    }
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&c.changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);

    catch_signals(old);
    if (plan->njobs >= PROGRESS_FROM)
        progress = cli_progress_new("signing", plan->njobs);
    started = start(&c, ids, threads);
    lead(&c, batch, progress);
    for (unsigned i = 0; i < started; i++)
        (void)pthread_join(ids[i], NULL);
    cli_progress_free(&progress);
    code = commit_end(plan->jobs, plan->njobs, err);
    if (code == VOX_OK && started == 0 && threads > 0)
        code = vox_fail(err, VOX_E_MEMORY, "no thread can be started");
    *interrupted = caught;
    restore_signals(old);
    (void)pthread_cond_destroy(&c.changed);
out:
    free(batch);
    free(c.staged);
    free(ids);
    return code;
}

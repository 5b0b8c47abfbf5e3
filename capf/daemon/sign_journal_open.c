/* Opening the journal: what earlier signers left becomes one file without what is not needed any more. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/rand.h>

#include <libcert/file.h>
#include <libcert/log.h>

#include "sign_journal_parts.h"

#define FILE_NAME "issue.journal"

enum {
    FILE_MAX = 1024 * 1024 * 1024, /* over half a million certificates between two starts */
    NUMBER_MAX = 9999,
    LOCK_TRIES = 100, /* another one that is just starting needs less */
    LOCK_WAIT_US = 100000,
};

enum vox_err sign_replay_record(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err)
{
    struct sign_replay *p = arg;
    struct sign_request *q;
    enum vox_err code;

    switch (r->type) {
    case CAPF_JOURNAL_INTENT:
        if ((code = sign_known_room(p->known, 1, err)) == VOX_OK)
            sign_known_intent(p->known, r, at)->source = p->source;
        return code;
    case CAPF_JOURNAL_RESULT:
        if ((q = sign_known_newest(p->known, r->id, p->source)) == NULL || q->length > 0)
            return vox_fail(err, VOX_E_INPUT,
                            "journal.md 1: a result without its intent (byte %" PRIu64 "): no signer wrote that", at);
        q->result = at + CAPF_JOURNAL_CERTIFICATE_AT;
        q->length = (uint32_t)r->certificate.len;
        return VOX_OK;
    case CAPF_JOURNAL_RECORDED:
        if ((q = sign_known_newest(p->known, r->id, p->source)) != NULL && q->length > 0)
            q->recorded = true;
        return VOX_OK;
    default:
        return VOX_OK;
    }
}

/* What is being put together. */
struct merge {
    const char *dir;
    int dirfd;
    int64_t now;
    struct sign_journal *j;
    struct sign_known *kept;
    struct tlv_writer out; /* the new file */
    char dead[SIGN_OTHERS_MAX][NAME_MAX + 1];
    size_t ndead; /* files whose contents are in out */
};

/* A file of a signer that is no more, read for the second time. */
struct copying {
    struct merge *m;
    const struct sign_known *all; /* of this file */
    size_t nintents;              /* seen: they stand in all in the same order */
};

static enum vox_err copy_record(void *arg, const struct capf_journal_record *r, uint64_t at, struct vox_error *err)
{
    struct copying *c = arg;
    struct merge *m = c->m;
    struct sign_replay replay = {m->kept, 0};
    struct capf_journal_record copy = *r;
    const struct sign_request *q = sign_known_newest(m->kept, r->id, 0);
    const uint64_t place = m->out.len;
    enum vox_err code;

    (void)at;
    copy.durable = 0;
    switch (r->type) {
    case CAPF_JOURNAL_INTENT:
        if (!sign_known_keep(&c->all->requests[c->nintents++], m->now))
            return VOX_OK;
        /* Merged before, by a signer that was killed before it could remove this file. */
        if (sign_known_has(m->kept, r->id, r->serial))
            return VOX_OK;
        break;
    case CAPF_JOURNAL_RESULT:
        if (q == NULL || q->length > 0)
            return VOX_OK;
        break;
    case CAPF_JOURNAL_RECORDED:
        if (q == NULL || q->length == 0 || q->recorded)
            return VOX_OK;
        break;
    default:
        return VOX_OK;
    }
    if ((code = capf_journal_put(&m->out, m->j->nonce, 0, &copy, err)) != VOX_OK)
        return code;
    return sign_replay_record(&replay, r, place, err);
}

static enum vox_err take_dead(struct merge *m, const char *name, struct bytes_view file, struct vox_error *err)
{
    struct sign_known all = {0};
    struct sign_replay replay = {&all, 0};
    struct copying c = {.m = m, .all = &all};
    uint8_t nonce[CAPF_JOURNAL_NONCE_LEN];
    uint64_t end;
    enum vox_err code = capf_journal_replay(file, sign_replay_record, &replay, nonce, &end, err);

    if (code == VOX_OK && end < file.len)
        log_line(LOG_LEVEL_WARNING,
                 "%s/%s: its last write was interrupted: %zu bytes at the end that were never confirmed are cut away",
                 m->dir, name, file.len - (size_t)end);
    if (code == VOX_OK)
        code = capf_journal_replay((struct bytes_view){file.data, (size_t)end}, copy_record, &c, nonce, &end, err);
    sign_known_clear(&all);
    if (code == VOX_OK)
        (void)snprintf(m->dead[m->ndead++], sizeof m->dead[0], "%s", name);
    return code;
}

/* Its signer writes on; sign_journal_follow() reads on. */
static enum vox_err take_live(struct merge *m, int fd, struct bytes_view file, struct vox_error *err)
{
    struct sign_other *o = &m->j->others[m->j->nothers];
    struct sign_known all = {0};
    struct sign_replay replay = {&all, 0};
    enum vox_err code = capf_journal_replay(file, sign_replay_record, &replay, o->nonce, &o->at, err);

    sign_known_clear(&all);
    if (code != VOX_OK)
        return code;
    o->at = CAPF_JOURNAL_HEAD_LEN;
    o->fd = fd;
    m->j->nothers++;
    return VOX_OK;
}

static enum vox_err take_file(struct merge *m, const char *name, bool *live, struct vox_error *err)
{
    char path[PATH_MAX];
    struct bytes file = {0};
    int fd, n = snprintf(path, sizeof path, "%s/%s", m->dir, name);
    enum vox_err code;

    *live = false;
    if (n < 0 || (size_t)n >= sizeof path)
        return vox_fail(err, VOX_E_INPUT, "the path is too long");
    if (m->ndead == SIGN_OTHERS_MAX || m->j->nothers == SIGN_OTHERS_MAX)
        return vox_fail(err, VOX_E_IO, "there are more than %d journals", SIGN_OTHERS_MAX);
    if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) < 0)
        return vox_fail_errno(err, VOX_E_IO, "it cannot be opened");
    *live = flock(fd, LOCK_EX | LOCK_NB) != 0;
    if ((code = file_read_private(path, FILE_MAX, &file, err)) == VOX_OK)
        code = *live ? take_live(m, fd, bytes_view_of(&file), err) : take_dead(m, name, bytes_view_of(&file), err);
    bytes_free(&file);
    if (code != VOX_OK || !*live)
        (void)close(fd);
    return code;
}

/* The number of "issue.journal.NUMBER"; 0 for "issue.journal", -1 for any other name. */
static int number_of(const char *name)
{
    const char *digits = name + strlen(FILE_NAME) + 1;

    if (strncmp(name, FILE_NAME, strlen(FILE_NAME)) != 0)
        return -1;
    if (name[strlen(FILE_NAME)] == '\0')
        return 0;
    if (name[strlen(FILE_NAME)] != '.' || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 4 ||
        digits[0] == '0')
        return -1;
    return atoi(digits);
}

/* The name is wanted; its signer does not need it. */
static enum vox_err step_aside(const struct merge *m, struct vox_error *err)
{
    char name[NAME_MAX + 1];

    for (int i = 1; i <= NUMBER_MAX; i++) {
        (void)snprintf(name, sizeof name, FILE_NAME ".%d", i);
        if (faccessat(m->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        if (renameat(m->dirfd, FILE_NAME, m->dirfd, name) != 0)
            return vox_fail_errno(err, VOX_E_IO, "it cannot be renamed");
        return VOX_OK;
    }
    return vox_fail(err, VOX_E_IO, "there are more than %d journals", NUMBER_MAX);
}

static enum vox_err take_files(struct merge *m, struct vox_error *err)
{
    int copy = openat(m->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *e;
    bool live, in_the_way = false;
    enum vox_err code = VOX_OK;

    if (d == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return vox_fail_errno(err, VOX_E_IO, "folder %s", m->dir);
    }
    while (code == VOX_OK && (e = readdir(d)) != NULL) {
        int number = number_of(e->d_name);

        if (number < 0)
            continue;
        if ((code = take_file(m, e->d_name, &live, err)) != VOX_OK)
            (void)vox_error_prefix(err, "%s/%s", m->dir, e->d_name);
        in_the_way = in_the_way || (number == 0 && live);
    }
    (void)closedir(d);
    if (code == VOX_OK && in_the_way && (code = step_aside(m, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s/" FILE_NAME, m->dir);
    return code;
}

/* The new file appears whole; what went into it goes. */
static enum vox_err put_in_place(struct merge *m, const char *path, struct vox_error *err)
{
    const struct capf_journal_record synced = {.type = CAPF_JOURNAL_SYNCED, .durable = m->out.len};
    struct sign_journal *j = m->j;
    enum vox_err code = capf_journal_put(&m->out, j->nonce, 0, &synced, err);

    if (code != VOX_OK || (code = file_replace(path, m->out.data, m->out.len, 0600, err)) != VOX_OK)
        return code;
    j->size = j->durable = j->claimed = m->out.len;
    if ((j->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)) < 0 || flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        return vox_fail_errno(err, VOX_E_IO, "it cannot be opened again");
    for (size_t i = 0; i < m->ndead; i++)
        if (strcmp(m->dead[i], FILE_NAME) != 0 && unlinkat(m->dirfd, m->dead[i], 0) != 0)
            return vox_fail_errno(err, VOX_E_IO, "%s beside it cannot be removed", m->dead[i]);
    return VOX_OK;
}

/* One signer at a time looks at the folder; none holds it for long. */
static enum vox_err lock_folder(int dir, struct vox_error *err)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(dir, LOCK_EX | LOCK_NB) == 0)
            return VOX_OK;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return vox_fail_errno(err, VOX_E_IO, "it cannot be locked");
        (void)usleep(LOCK_WAIT_US);
    }
    return vox_fail(err, VOX_E_IO, "another voxcapfd holds it locked");
}

/* A folder that was just made is lost with the power unless the one above is synced. */
static enum vox_err open_folder(const char *path, int *out, struct vox_error *err)
{
    int above, failed;
    enum vox_err code = file_make_private_dir(path, err);

    if (code != VOX_OK)
        return code;
    if ((*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) < 0)
        return vox_fail_errno(err, VOX_E_IO, "folder %s", path);
    if ((above = openat(*out, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return vox_fail_errno(err, VOX_E_IO, "the folder above %s", path);
    failed = fsync(above);
    (void)close(above);
    if (failed != 0)
        return vox_fail_errno(err, VOX_E_IO, "the folder above %s cannot be synced", path);
    if ((code = lock_folder(*out, err)) != VOX_OK)
        (void)vox_error_prefix(err, "folder %s", path);
    return code;
}

static enum vox_err begin(struct merge *m, struct vox_error *err)
{
    uint8_t head[CAPF_JOURNAL_HEAD_LEN];
    enum vox_err code;

    if (RAND_bytes(m->j->nonce, sizeof m->j->nonce) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no random numbers for the journal");
    if ((code = capf_journal_head(m->j->nonce, head, err)) == VOX_OK)
        tlv_put(&m->out, head, sizeof head);
    return code;
}

enum vox_err sign_journal_open(const char *dir, int64_t now, struct sign_known *known, struct sign_journal **out,
                               struct vox_error *err)
{
    struct sign_journal *j = calloc(1, sizeof *j);
    struct merge *m = calloc(1, sizeof *m); /* its names are too much for a stack */
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/" FILE_NAME, dir);
    enum vox_err code;

    *out = NULL;
    *known = (struct sign_known){0};
    if (j != NULL)
        j->fd = -1; /* nothing of it is open yet */
    if (m != NULL)
        m->dirfd = -1;
    if (j == NULL || m == NULL) {
        code = vox_fail(err, VOX_E_MEMORY, "no memory for the journal");
        goto out;
    }
    j->pending = tlv_writer(SIGN_PENDING_MAX);
    *m = (struct merge){.dir = dir, .dirfd = -1, .now = now, .j = j, .kept = known, .out = tlv_writer(FILE_MAX)};
    if (n < 0 || (size_t)n >= sizeof path) {
        code = vox_fail(err, VOX_E_INPUT, "the path %s is too long", dir);
        goto out;
    }
    if ((code = open_folder(dir, &m->dirfd, err)) != VOX_OK || (code = begin(m, err)) != VOX_OK ||
        (code = take_files(m, err)) != VOX_OK)
        goto out;
    if ((code = put_in_place(m, path, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", path);
    else
        code = sign_journal_follow(j, known, err);
out:
    if (m != NULL) {
        if (m->dirfd >= 0)
            (void)close(m->dirfd); /* and unlock */
        tlv_writer_free(&m->out);
        free(m);
    }
    if (code == VOX_OK) {
        *out = j;
        return VOX_OK;
    }
    sign_known_clear(known);
    if (j != NULL)
        sign_journal_close(&j);
    return code;
}

#include "rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cli/report.h>
#include <ctl/verify.h>
#include <libcert/certbuild.h>
#include <libcert/file.h>
#include <libcert/limits.h>
#include <libcert/role.h>
#include <libcert/store.h>

const char rehearsal_pin[] = "246810";

static const char not_there[] = "a rehearsal needs software tokens, and SoftHSM is not installed: apt install softhsm2";
static const char *const labels[2] = {"REHEARSAL 1", "REHEARSAL 2"};

/* --- the folder --- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    (void)remove(path);
    return 0;
}

static enum vox_err in_folder(const struct rehearsal *r, const char *name, char out[static PATH_MAX],
                              struct vox_error *err)
{
    return snprintf(out, PATH_MAX, "%s/%s", r->dir, name) < PATH_MAX
               ? VOX_OK
               : vox_fail(err, VOX_E_IO, "the temporary folder's name is too long");
}

enum vox_err rehearsal_begin(struct rehearsal *r, struct vox_error *err)
{
    const char *tmp = getenv("TMPDIR");
    char url[PATH_MAX];

    if (snprintf(r->dir, sizeof r->dir, "%s/voxtoken-rehearsal.XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp") >=
        (int)sizeof r->dir)
        return vox_fail(err, VOX_E_IO, "$TMPDIR is too long");
    if (mkdtemp(r->dir) == NULL)
        return vox_fail_errno(err, VOX_E_IO, "no temporary folder: %s", r->dir);
    if (in_folder(r, "list.tlv", r->list, err) != VOX_OK || in_folder(r, "tftp", r->folder, err) != VOX_OK ||
        in_folder(r, "store/voxtrust.db", url, err) != VOX_OK ||
        snprintf(r->store_url, sizeof r->store_url, "sqlite:%s", url) >= (int)sizeof r->store_url)
        return VOX_E_IO;
    return VOX_OK;
}

/* --- whoever tidies up --- */

static pid_t player;

static void pass_on(int number)
{
    (void)kill(player, number);
}

bool rehearsal_watch(struct rehearsal *r, int *status)
{
    sigset_t all, before;
    int how = 0;

    (void)fflush(NULL);
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    if ((player = fork()) == 0) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        return false;
    }
    if (player > 0) {
        /* Ctrl-C reaches both; this one stays to tidy up. */
        (void)signal(SIGINT, SIG_IGN);
        (void)signal(SIGQUIT, SIG_IGN);
        (void)signal(SIGTERM, pass_on);
        (void)signal(SIGHUP, pass_on);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        while (waitpid(player, &how, 0) < 0 && errno == EINTR)
            ;
    }
    (void)nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (player < 0) {
        perror("fork");
        *status = EXIT_ENVIRONMENT;
    } else if (WIFSIGNALED(how)) {
        (void)signal(WTERMSIG(how), SIG_DFL);
        (void)raise(WTERMSIG(how));
        *status = EXIT_ENVIRONMENT;
    } else {
        *status = WEXITSTATUS(how);
    }
    return true;
}

/* --- the tokens --- */

/* The module, where packages put it. */
static enum vox_err find_module(char *out, size_t outlen, struct vox_error *err)
{
    static const char *const where[] = {"/usr/lib/softhsm/libsofthsm2.so",  "/usr/lib/*/softhsm/libsofthsm2.so",
                                        "/usr/lib/*/pkcs11/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so",
                                        "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"};
    const char *named = getenv("VOXTRUST_PKCS11_MODULE"), *base = named != NULL ? strrchr(named, '/') : NULL;
    bool found = base != NULL && strcmp(base, "/libsofthsm2.so") == 0;

    if (found)
        (void)snprintf(out, outlen, "%s", named);
    for (size_t i = 0; !found && i < sizeof where / sizeof *where; i++) {
        glob_t g;

        if (glob(where[i], 0, NULL, &g) == 0 && g.gl_pathc > 0) {
            (void)snprintf(out, outlen, "%s", g.gl_pathv[0]);
            found = true;
        }
        globfree(&g);
    }
    return found ? VOX_OK : vox_fail(err, VOX_E_IO, "%s", not_there);
}

static enum vox_err write_text(const struct rehearsal *r, const char *name, const char *text, struct vox_error *err)
{
    char path[PATH_MAX];
    enum vox_err code = in_folder(r, name, path, err);

    return code == VOX_OK ? file_create(path, text, strlen(text), 0600, err) : code;
}

/* SoftHSM's own program makes a token. Its PIN is an argument: it protects nothing. */
static enum vox_err make_token(const char *label, struct vox_error *err)
{
    char *const args[] = {
        "softhsm2-util", "--init-token",        "--free", "--label", (char *)label, "--so-pin", "13579111",
        "--pin",         (char *)rehearsal_pin, NULL};
    extern char **environ;
    posix_spawn_file_actions_t quiet;
    int how = -1, rc;
    pid_t pid;

    (void)posix_spawn_file_actions_init(&quiet);
    (void)posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(&pid, args[0], &quiet, NULL, args, environ);
    (void)posix_spawn_file_actions_destroy(&quiet);
    if (rc != 0)
        return rc == ENOENT ? vox_fail(err, VOX_E_IO, "%s", not_there)
                            : vox_fail(err, VOX_E_IO, "softhsm2-util: %s", strerror(rc));
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(how) && WEXITSTATUS(how) == 0
               ? VOX_OK
               : vox_fail(err, VOX_E_IO, "softhsm2-util made no token for the rehearsal");
}

/* A signer's key and certificate on one of them, as 'voxtoken new-key' makes them. */
static enum vox_err make_signer(struct cli_common *common, struct rehearsal *r, const char *module, int i,
                                struct vox_error *err)
{
    const struct key_spec spec = {.type = KEY_RSA, .rsa_bits = 2048};
    char uri[TOKEN_URI_MAX], subject[32];
    const struct new_signer what = {&spec, "SAST", subject, certbuild_default_days(SERVICE_ITLRECOVERY)};
    const struct reach reach = {.uri = uri};
    struct token_object *key = calloc(1, sizeof *key);
    struct reached t = {0};
    enum vox_err code;

    (void)snprintf(subject, sizeof subject, "CN=%s", labels[i]);
    if (key == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if (snprintf(uri, sizeof uri, "pkcs11:token=REHEARSAL%%20%d?module-path=%s&pin-source=%s/pin", i + 1, module,
                 r->dir) >= (int)sizeof uri)
        code = vox_fail(err, VOX_E_IO, "the temporary folder's name is too long: set TMPDIR to a shorter one");
    else if ((code = reach_token(common, &reach, &t, err)) == VOX_OK &&
             (code = token_login(t.agent, t.index, t.uri, &t.pass, err)) == VOX_OK)
        code = new_signer(&t, &what, key, &r->cert[i], err);
    if (code == VOX_OK && snprintf(r->uri[i], sizeof r->uri[i], "pkcs11:token=REHEARSAL%%20%d?module-path=%s", i + 1,
                                   module) >= (int)sizeof r->uri[i])
        code = vox_fail(err, VOX_E_IO, "the name of SoftHSM's module is too long");
    reached_free(&t);
    free(key);
    return code;
}

enum vox_err rehearsal_tokens(struct cli_common *common, struct rehearsal *r, struct vox_error *err)
{
    char module[TOKEN_MODULE_MAX], path[PATH_MAX], conf[PATH_MAX + 100];
    enum vox_err code;

    if ((code = find_module(module, sizeof module, err)) != VOX_OK ||
        (code = in_folder(r, "tokens", path, err)) != VOX_OK)
        return code;
    (void)snprintf(conf, sizeof conf, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n",
                   path);
    if (mkdir(path, 0700) != 0 || mkdir(r->folder, 0700) != 0)
        return vox_fail_errno(err, VOX_E_IO, "%s", path);
    if ((code = write_text(r, "softhsm.conf", conf, err)) != VOX_OK ||
        (code = write_text(r, "pin", rehearsal_pin, err)) != VOX_OK ||
        (code = in_folder(r, "softhsm.conf", path, err)) != VOX_OK)
        return code;
    if (setenv("SOFTHSM2_CONF", path, 1) != 0)
        return vox_fail_errno(err, VOX_E_IO, "SOFTHSM2_CONF");
    for (int i = 0; code == VOX_OK && i < 2; i++)
        code = make_token(labels[i], err);
    for (int i = 0; code == VOX_OK && i < 2; i++)
        code = make_signer(common, r, module, i, err);
    token_agents_end(); /* the PINs are asked for anew, as they will be */
    return code;
}

/* --- the list --- */

/* The SASTs of the real list whose place the two tokens take. */
struct places {
    const struct cert *real[2];
};

static const struct cert *played(const struct rehearsal *r, const struct places *p, const struct cert *c)
{
    for (int i = 0; c != NULL && i < 2; i++) {
        if (p->real[i] != NULL && cert_same(p->real[i], c))
            return r->cert[i];
    }
    return c;
}

static struct places find_places(const struct prepared_list *p)
{
    struct places places = {{prepared_signer(p), NULL}};

    for (size_t i = 0; i < p->list->nrecords && places.real[1] == NULL; i++) {
        const struct ctl_record *r = &p->list->records[i];

        if (role_may_sign_lists(r->function) && r->cert != NULL && !cert_same(r->cert, places.real[0]))
            places.real[1] = r->cert;
    }
    return places;
}

/* The same list with the certificates of the rehearsal, not signed. */
static enum vox_err play(const struct rehearsal *r, const struct places *places, const struct ctl_list *l,
                         struct bytes *out, struct vox_error *err)
{
    const int signer = ctl_signer_record(l);
    struct ctl_build_params p = {.filename = l->header.filename,
                                 .timestamp = l->header.timestamp,
                                 .signer_version = l->header.signer_version,
                                 .digest = (enum digest)l->header.digest};
    struct ctl_member *m = calloc(l->nrecords + 1, sizeof *m);
    enum vox_err code;

    if (m == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < l->nrecords; i++) {
        const struct ctl_record *x = &l->records[i];

        m[i] = (struct ctl_member){.cert = played(r, places, x->cert),
                                   .role = x->function,
                                   .dns_name = x->dns_name,
                                   .has_ip = x->ip.len == sizeof m[i].ip,
                                   .token = x->cert != NULL && x->signature.data == NULL};
        if (m[i].has_ip)
            memcpy(m[i].ip, x->ip.data, sizeof m[i].ip);
    }
    p.members = m;
    p.nmembers = l->nrecords;
    p.signer = signer >= 0 ? played(r, places, l->records[signer].cert) : NULL;
    code = p.signer != NULL ? ctl_build_unsigned(&p, out, err)
                            : vox_fail(err, VOX_E_INPUT, "no SAST record is the signer that the header names");
    free(m);
    return code;
}

enum vox_err rehearsal_list(const struct rehearsal *r, struct prepared_list *p, struct vox_error *err)
{
    const struct places places = find_places(p);
    struct bytes list = {NULL, 0}, present = {NULL, 0};
    struct prepared_list played = {0};
    enum vox_err code = play(r, &places, p->list, &list, err);

    /* What phones hold: as it is when its signer is not among its records. */
    if (code == VOX_OK && p->present != NULL && play(r, &places, p->present, &present, NULL) != VOX_OK)
        code = bytes_copy(&present, p->present->file.data, p->present->file.len, err);
    if (code == VOX_OK &&
        (code = prepared_make(bytes_view_of(&list), bytes_view_of(&present), &played, err)) == VOX_OK) {
        memcpy(played.check, p->check, sizeof played.check);
        prepared_clear(p);
        *p = played;
    } else {
        prepared_clear(&played);
    }
    bytes_free(&list);
    bytes_free(&present);
    return code;
}

void rehearsal_end(struct rehearsal *r)
{
    cert_free(&r->cert[0]);
    cert_free(&r->cert[1]);
}

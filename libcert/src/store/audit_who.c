#include "store/audit_who.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libcert/file.h>

enum { LOGINUID_MAX = 32, PASSWD_MAX = 4096 };

/* A uid in decimal, up to the end or a line's end. (uid_t)-1 means "none" to the kernel. */
static bool parse_uid(const char *text, uid_t *out)
{
    char *end;
    unsigned long n;

    if (text[0] < '0' || text[0] > '9')
        return false;
    n = strtoul(text, &end, 10);
    /* a number too large for the type reads as its largest value */
    if ((*end != '\0' && *end != '\n') || n >= UINT32_MAX)
        return false;
    *out = (uid_t)n;
    return true;
}

void audit_ids_now(struct audit_ids *out)
{
    struct bytes raw = {NULL, 0};
    char text[LOGINUID_MAX];

    memset(out, 0, sizeof *out);
    out->real = getuid();
    out->effective = geteuid();
    out->sudo_uid = getenv("SUDO_UID");
    if (file_read("/proc/self/loginuid", sizeof text - 1, &raw, NULL) == VOX_OK && raw.len > 0) {
        memcpy(text, raw.data, raw.len);
        text[raw.len] = '\0';
        out->has_login = parse_uid(text, &out->login);
    }
    bytes_free(&raw);
}

static void name_of(uid_t uid, char *out, size_t outlen)
{
    char room[PASSWD_MAX];
    struct passwd entry, *found = NULL;

    if (getpwuid_r(uid, &entry, room, sizeof room, &found) != 0 || !found)
        snprintf(out, outlen, "uid(%lu)", (unsigned long)uid);
    else
        snprintf(out, outlen, "%s(%lu)", entry.pw_name, (unsigned long)uid);
}

void audit_who_text(const struct audit_ids *ids, char *out, size_t outlen)
{
    char acting[128], person[128];
    uid_t login = ids->real;

    /* anybody can set an environment variable; root could forge the whole store */
    if (ids->has_login)
        login = ids->login;
    else if (ids->sudo_uid && ids->real == 0)
        (void)parse_uid(ids->sudo_uid, &login);
    name_of(ids->effective, acting, sizeof acting);
    if (login == ids->effective) {
        snprintf(out, outlen, "%s", acting);
        return;
    }
    name_of(login, person, sizeof person);
    snprintf(out, outlen, "%s as %s", person, acting);
}

const char *audit_who_now(struct audit_who *w)
{
    struct audit_ids ids;

    if (w->known && w->real == getuid() && w->effective == geteuid())
        return w->text;
    audit_ids_now(&ids);
    audit_who_text(&ids, w->text, sizeof w->text);
    w->real = ids.real;
    w->effective = ids.effective;
    w->known = true;
    return w->text;
}

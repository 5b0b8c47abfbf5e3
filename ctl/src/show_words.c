#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <ctl/show.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include <libcert/printable.h>

#include "show_words.h"

void show_fit(char *out, size_t outlen, const char *fmt, ...)
{
    char raw[2048];
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
        raw[0] = '\0';
    va_end(ap);
    printable_escape(out, outlen, raw);
}

void show_put(FILE *out, const char *text)
{
    size_t left = strlen(text);
    char one[PRINTABLE_PIECE_MAX];

    while (left > 0) {
        size_t took = printable_piece(text, left, one);

        fputs(one, out);
        text += took;
        left -= took;
    }
}

json_t *show_json_text(const char *text)
{
    size_t room;
    char *safe;
    json_t *j;

    if (text == NULL)
        return json_null();
    room = 4 * strlen(text) + 8;
    if ((safe = malloc(room)) == NULL)
        return NULL;
    printable_escape(safe, room, text);
    j = json_string(safe);
    free(safe);
    return j;
}

json_t *show_json_hex(struct bytes_view v)
{
    char *hex;
    json_t *j;

    if (v.data == NULL)
        return json_null();
    if ((hex = malloc(2 * v.len + 1)) == NULL)
        return NULL;
    hex_encode(v.data, v.len, hex);
    j = json_string(hex);
    free(hex);
    return j;
}

void show_serial(struct bytes_view v, char out[static SHOW_SERIAL_MAX])
{
    size_t shown = v.len > 64 ? 64 : v.len;

    out[0] = '\0';
    if (v.data == NULL || v.len == 0)
        return;
    hex_encode_sep(v.data, shown, ':', out);
    if (shown < v.len)
        memcpy(out + strlen(out), "...", 4);
}

void show_role(int function, char out[static SHOW_ROLE_MAX])
{
    const char *name = role_dump_name(function);

    if (function == ROLE_SAST)
        name = "SAST";
    if (name != NULL)
        (void)snprintf(out, SHOW_ROLE_MAX, "%s", name);
    else
        (void)snprintf(out, SHOW_ROLE_MAX, "role %d", function);
}

void show_ip(struct bytes_view v, char out[static SHOW_IP_MAX])
{
    out[0] = '\0';
    if (v.data == NULL || v.len == 0)
        return;
    if (v.len == 4 || v.len == 16)
        (void)inet_ntop(v.len == 4 ? AF_INET : AF_INET6, v.data, out, SHOW_IP_MAX);
    else
        hex_encode(v.data, v.len > 16 ? 16 : v.len, out);
}

void show_name(struct bytes_view der, const char *fallback, char *out, size_t outlen)
{
    char *text = NULL;

    if (der.data != NULL && name_text(der, NAME_RFC4514, &text, NULL) == VOX_OK)
        printable_escape(out, outlen, text);
    else
        printable_escape(out, outlen, fallback != NULL ? fallback : "");
    free(text);
}

void ctl_show_label(const struct ctl_record *r, char out[static CTL_LABEL_MAX])
{
    char role[SHOW_ROLE_MAX], serial[SHOW_SERIAL_MAX], key[64], name[128], *cn = NULL;

    show_role(r->function, role);
    if (r->cert == NULL && r->serial.data == NULL) {
        show_fit(out, CTL_LABEL_MAX, "%s %s (emptied)", role, r->dns_name != NULL ? r->dns_name : "without a name");
        return;
    }
    show_serial(r->cert != NULL ? cert_serial(r->cert) : r->serial, serial);
    if (r->cert == NULL) {
        printable_escape(name, sizeof name, r->subject != NULL ? r->subject : "");
        show_fit(out, CTL_LABEL_MAX, "%s %s (serial %s, no certificate)", role, name, serial);
        return;
    }
    if (name_common_name(cert_subject_der(r->cert), &cn, NULL) == VOX_OK && cn[0] != '\0')
        show_fit(name, sizeof name, "CN=%s", cn);
    else
        show_name(cert_subject_der(r->cert), r->subject, name, sizeof name);
    free(cn);
    cert_key_text(r->cert, key, sizeof key);
    show_fit(out, CTL_LABEL_MAX, "%s %s (serial %s, %s)", role, name, serial, key);
}

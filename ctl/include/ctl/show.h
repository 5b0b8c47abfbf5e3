/*
 * A list or a signed file's header for people and programs.
 *
 * Texts come from files that anybody can have written: control bytes, invalid UTF-8 and what turns the direction of
 * writing are shown as \xNN in every form, so that a file cannot send escape sequences to a terminal.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include <ctl/list.h>

struct show_params {
    const char *name; /* file name as the user gave it */
    bool is_itl;      /* wording "ITL" or "CTL": see ctl_is_itl() */
    bool colour;      /* escape sequences for a terminal */
    int64_t now;      /* seconds since 1970: for the days left */
};

/* ctl_show_text(l, p, out): the house's own form: a block on the list and one per record, with fingerprints, dates and
 * key sizes. Write errors are left in out (ferror()). */
void ctl_show_text(const struct ctl_list *l, const struct show_params *p, FILE *out);

/* ctl_show_cucm(l, p, out): what `show ctl` / `show itl` print, line for line, in the local time zone. The last line
 * says whether the signature is valid. */
void ctl_show_cucm(const struct ctl_list *l, const struct show_params *p, FILE *out);

/* ctl_show_json(l): an object with stable keys (docs/formats/json.md 1); NULL without memory. The caller owns the
 * reference. */
json_t *ctl_show_json(const struct ctl_list *l);

enum { CTL_LABEL_MAX = 320 };

/* ctl_show_label(r, out): what a sentence calls a record: "TVS CN=cm1 (serial 70:CA, RSA 2048)". Valid UTF-8, control
 * bytes escaped. */
void ctl_show_label(const struct ctl_record *r, char out[static CTL_LABEL_MAX]);

/* ctl_header_show_text(h, out), ctl_header_show_json(h): the header of a .sgn or .enc.sgn (json.md 4). */
void ctl_header_show_text(const struct ctl_header *h, FILE *out);
json_t *ctl_header_show_json(const struct ctl_header *h);

#endif

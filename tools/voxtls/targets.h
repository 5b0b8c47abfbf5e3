/* What an audit is to look at: from arguments and from an inventory. */
#ifndef VOXTLS_TARGETS_H
#define VOXTLS_TARGETS_H

#include <stdint.h>

#include <libcert/bytes.h>
#include <libcert/limits.h>

#include "refusals.h"

/* Whose ports: of the vendor's tables. */
enum target_table { TABLE_CALL_MANAGER = 1, TABLE_PRESENCE = 2, TABLE_ALL = TABLE_CALL_MANAGER | TABLE_PRESENCE };

enum { TARGET_APPLICATION_MAX = 64 };

struct target {
    char host[LIMIT_DNS_NAME + 1];            /* a name, or an address without brackets */
    uint16_t port;                            /* 0: those of the application, or of the table */
    char application[TARGET_APPLICATION_MAX]; /* "": whatever the table says */
    enum target_table table;
};

struct targets {
    struct target *v;
    size_t n;
};

/* targets_add(t, text, table, err): HOST, HOST:PORT, [V6]:PORT or an address of IPv6. Errors: VOX_E_INPUT,
 * VOX_E_MEMORY. Free with targets_free(). */
enum vox_err targets_add(struct targets *t, const char *text, enum target_table table, struct vox_error *err);

/*
 * targets_read(t, data, table, refused, err): an inventory: a HOST[:PORT] a line, or host,port,application,kind with
 * kind cucm, imp or all; table is for those without kind. Blank lines, and lines that begin with '#', say nothing.
 * Lines that are refused go to refused. Errors: VOX_E_MEMORY, VOX_E_INPUT (none at all, more than
 * LIMIT_INVENTORY_HOSTS).
 */
enum vox_err targets_read(struct targets *t, struct bytes_view data, enum target_table table, struct refusals *refused,
                          struct vox_error *err);

void targets_free(struct targets *t); /* targets_free(t) */

#endif

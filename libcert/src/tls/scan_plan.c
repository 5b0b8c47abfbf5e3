#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* The likeliest first. Who says nothing to 1.2 may be an old server that stumbles over it: so 1.0 comes next. */
static const enum tlsscan_version order[TLSSCAN_VERSIONS] = {TLSSCAN_1_2, TLSSCAN_1_0, TLSSCAN_1_3, TLSSCAN_1_1,
                                                             TLSSCAN_SSL_3_0};

enum { MUTE_MAX = 2, GROW = 16, STEP_CERTIFICATES = TLSSCAN_VERSIONS, STEP_SHOWN, STEP_END };
enum { ALERT_HANDSHAKE_FAILURE = 40, ALERT_PROTOCOL_VERSION = 70, ALERT_INSUFFICIENT_SECURITY = 71 };

static int protocol(enum tlsscan_version v)
{
    return 0x0300 + (int)v;
}

/* All suites that this step's version can have. */
static void fill(struct scan_plan *p)
{
    size_t n;
    const struct tlssuite *all = tlssuite_all(&n);

    p->nsuites = p->from = 0;
    p->in_parts = false;
    for (size_t i = 0; i < n && p->nsuites < SCAN_SUITES_MAX; i++) {
        if (tlssuite_offered(&all[i], protocol(order[p->step])))
            p->suites[p->nsuites++] = all[i].id;
    }
}

static void next_version(struct scan_plan *p)
{
    if (++p->step < TLSSCAN_VERSIONS)
        fill(p);
}

void scan_plan_begin(struct scan_plan *p, struct tlsscan_port *port)
{
    memset(p, 0, sizeof *p);
    p->port = port;
    tlsscan_port_clear(port);
    fill(p);
}

static bool may_have(const struct tlsscan_port *port, enum scan_key key)
{
    for (int v = 0; v < TLSSCAN_VERSIONS; v++) {
        for (size_t i = 0; i < port->nsuites[v]; i++) {
            const enum tlssuite_key k = tlssuite_key(tlssuite_find(port->suites[v][i]));

            if (k == TLSSUITE_KEY_ANY || k == (key == SCAN_KEY_RSA ? TLSSUITE_KEY_RSA : TLSSUITE_KEY_EC))
                return true;
        }
    }
    return false;
}

/* A server of which the library took no certificate, because it cannot speak its suites, shows it to those who can: the
 * hello that it answers so. */
static bool may_show(const struct tlsscan_port *port, struct scan_hello *h)
{
    if (port->nchains > 0)
        return false;
    for (int v = TLSSCAN_1_2; v >= TLSSCAN_SSL_3_0; v--) {
        for (size_t i = 0; i < port->nsuites[v]; i++) {
            if (tlssuite_key(tlssuite_find(port->suites[v][i])) == TLSSUITE_KEY_NONE)
                continue;
            h->version = protocol((enum tlsscan_version)v);
            h->suites = &port->suites[v][i];
            h->nsuites = 1;
            return true;
        }
    }
    return false;
}

static size_t part(const struct scan_plan *p)
{
    const size_t left = p->nsuites - p->from;

    return p->in_parts && left > SCAN_CHUNK ? SCAN_CHUNK : left;
}

enum scan_question scan_plan_question(struct scan_plan *p, struct scan_hello *h)
{
    if (p->step < TLSSCAN_VERSIONS) {
        h->version = protocol(order[p->step]);
        h->suites = p->suites + p->from;
        h->nsuites = part(p);
        return SCAN_ASK_HELLO;
    }
    if (p->step == STEP_CERTIFICATES) {
        while (p->key < SCAN_KEYS && !may_have(p->port, (enum scan_key)p->key))
            p->key++;
        if (p->key < SCAN_KEYS)
            return SCAN_ASK_CERTIFICATE;
        p->step = STEP_SHOWN;
    }
    if (p->step == STEP_SHOWN && may_show(p->port, h))
        return SCAN_ASK_SHOWN;
    p->step = STEP_END;
    return SCAN_ASK_NOTHING;
}

void scan_plan_certificate(struct scan_plan *p)
{
    if (p->step == STEP_CERTIFICATES)
        p->key++;
    else
        p->step = STEP_END;
}

/* Nothing more is asked of this port. */
static void stop(struct scan_plan *p, enum tlsscan_state state, const struct scan_reply *r)
{
    p->port->state = state;
    memcpy(p->port->why, r->why, sizeof p->port->why);
    p->step = STEP_END;
}

/* false: no such suite was offered. */
static bool take_suite(struct scan_plan *p, uint16_t suite)
{
    const enum tlsscan_version v = order[p->step];
    struct tlsscan_port *port = p->port;
    size_t i = p->from;

    while (i < p->from + part(p) && p->suites[i] != suite)
        i++;
    if (i == p->from + part(p))
        return false;
    if (port->nsuites[v] % GROW == 0) {
        uint16_t *more = realloc(port->suites[v], (port->nsuites[v] + GROW) * sizeof *more);

        if (more == NULL)
            return false;
        port->suites[v] = more;
    }
    port->suites[v][port->nsuites[v]++] = suite;
    port->state = TLSSCAN_TLS;
    memmove(p->suites + i, p->suites + i + 1, (p->nsuites - i - 1) * sizeof *p->suites);
    p->nsuites--;
    if (p->from == p->nsuites) /* there is nothing left to offer */
        next_version(p);
    return true;
}

/* Some servers close on a hello with more suites than they have room for: then they are offered part by part. */
static void refused(struct scan_plan *p, bool understood)
{
    if (p->in_parts) {
        p->from += part(p);
        if (p->from < p->nsuites)
            return;
    } else if (!understood && p->port->nsuites[order[p->step]] == 0 && p->nsuites > SCAN_CHUNK &&
               (p->heard || p->step == 0)) {
        p->in_parts = true;
        return;
    }
    next_version(p);
}

/* An answer that tells nothing about the version that was asked for. */
static void broken_off(struct scan_plan *p)
{
    if (p->port->nsuites[order[p->step]] > 0)
        p->port->unclear[order[p->step]] = true;
    next_version(p);
}

static void take_alert(struct scan_plan *p, const struct scan_reply *r)
{
    p->heard = true;
    refused(p, r->alert == ALERT_HANDSHAKE_FAILURE || r->alert == ALERT_PROTOCOL_VERSION ||
                   r->alert == ALERT_INSUFFICIENT_SECURITY);
}

static void take_hello(struct scan_plan *p, const struct scan_reply *r)
{
    p->heard = true;
    if (r->version != protocol(order[p->step]))
        next_version(p); /* an older one than was offered: that is a no, too */
    else if (!take_suite(p, r->suite))
        broken_off(p);
}

/* What the port is when no version was taken. */
static void conclude(struct scan_plan *p, const struct scan_reply *r)
{
    if (p->port->state == TLSSCAN_TLS || p->step < TLSSCAN_VERSIONS || p->step == STEP_END)
        return;
    stop(p, p->heard ? TLSSCAN_REFUSES : TLSSCAN_NOT_TLS, r);
    if (p->heard)
        (void)snprintf(p->port->why, sizeof p->port->why, "speaks TLS and takes none of SSL 3.0 to TLS 1.3");
}

void scan_plan_answer(struct scan_plan *p, const struct scan_reply *r)
{
    switch (r->kind) {
    case SCAN_REPLY_HELLO:
        take_hello(p, r);
        break;
    case SCAN_REPLY_ALERT:
        take_alert(p, r);
        break;
    case SCAN_REPLY_CLOSED:
        refused(p, false);
        break;
    case SCAN_REPLY_UNREACHABLE:
        if (!p->heard)
            stop(p, r->refused ? TLSSCAN_CLOSED : TLSSCAN_UNREACHABLE, r);
        else
            broken_off(p);
        break;
    case SCAN_REPLY_NOT_TLS:
        if (!p->heard)
            stop(p, TLSSCAN_NOT_TLS, r);
        else
            broken_off(p);
        break;
    case SCAN_REPLY_SILENT:
    case SCAN_REPLY_SLOW:
    case SCAN_REPLY_MORE:
        if (!p->heard && ++p->mute == MUTE_MAX)
            stop(p, TLSSCAN_SILENT, r);
        else
            broken_off(p);
        break;
    }
    conclude(p, r);
}

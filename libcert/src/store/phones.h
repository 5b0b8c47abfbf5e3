/*
 * What the files of the phones' tables and the ledger share: texts and times in columns.
 */
#ifndef STORE_PHONES_H
#define STORE_PHONES_H

#include <libcert/clock.h>

#include "store/query.h"

/* A time as it stands in a column: RFC 3339, "" for 0. phones_time_text(t, out): to it. */
void phones_time_text(int64_t t, char out[static CLOCK_RFC3339_MAX]);

/* phones_text_at(q, i, out, outlen): column i as a string. phones_time_at(q, i): column i as a time. What does not fit
 * or is none is damage: VOX_E_STORE sticks to q. */
void phones_text_at(struct store_query *q, int i, char *out, size_t outlen);
int64_t phones_time_at(struct store_query *q, int i);

/* phones_wait(wrong, first): seconds to wait after that many wrong tries, of which `first` is the first that counts. */
int64_t phones_wait(unsigned wrong, unsigned first);

#endif

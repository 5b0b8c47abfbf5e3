/*
 * What the files of the trunks' tables share.
 */
#ifndef STORE_TRUNKS_H
#define STORE_TRUNKS_H

#include <stdio.h>

#include "store/query.h"

/* trunks_text_at(q, i, out, outlen): column i as a string. What does not fit is damage: VOX_E_STORE sticks to q. */
void trunks_text_at(struct store_query *q, int i, char *out, size_t outlen);

#endif

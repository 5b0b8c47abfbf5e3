/* Phones for people and for JSON. */
#ifndef VOXCAPF_VIEW_H
#define VOXCAPF_VIEW_H

#include <jansson.h>

#include <libcert/ledger.h>
#include <libcert/phone.h>

enum { VIEW_NOTE_MAX = 300 };

/* view_phone_json(p, now): all but the string. view_entry_json(e, now): one line of the ledger. NULL without memory. */
json_t *view_phone_json(const struct phone *p, int64_t now);
json_t *view_entry_json(const struct ledger_entry *e, int64_t now);

/* view_time_json(t): RFC 3339, null for 0. */
json_t *view_time_json(int64_t t);

/* view_note(p, now, out): what one should know beside the state: lock, deadline, waiting time, reason of a failure. */
void view_note(const struct phone *p, int64_t now, char out[static VIEW_NOTE_MAX]);

#endif

/* Phones for people and for JSON. */
#ifndef VOXCAPF_VIEW_H
#define VOXCAPF_VIEW_H

#include <jansson.h>

#include <libcert/ledger.h>
#include <libcert/phone.h>

#include "order.h"

enum { VIEW_NOTE_MAX = 300, VIEW_FROM_MAX = PHONE_PROFILE_NAME_MAX + 80 };

/* view_phone_json(p, now): all but the string. view_entry_json(e, now): one line of the ledger. NULL without memory. */
json_t *view_phone_json(const struct phone *p, int64_t now);
json_t *view_entry_json(const struct ledger_entry *e, int64_t now);

/* view_time_json(t): RFC 3339, null for 0. */
json_t *view_time_json(int64_t t);

/* view_device_json(d, doc): the device's profile into the phone's document. view_order_json(from, doc): likewise, with
 * what was taken from it. view_order_from(from, out): " (by profile NAME)" behind an order; "" when nothing was. */
void view_device_json(const struct phone_device *d, json_t *doc);
void view_order_json(const struct order_from *from, json_t *doc);
void view_order_from(const struct order_from *from, char out[static VIEW_FROM_MAX]);

/* view_by_word(by): "assigned", "template"; NULL for none. */
const char *view_by_word(enum phone_profile_by by);

/* view_note(p, now, out): what one should know beside the state: lock, deadline, waiting time, reason of a failure. */
void view_note(const struct phone *p, int64_t now, char out[static VIEW_NOTE_MAX]);

#endif

/* Which list a phone holds, in words: a version of the history. */
#ifndef VOXTRUST_PHONES_HELD_H
#define VOXTRUST_PHONES_HELD_H

#include <libcert/inventory.h>

enum { HELD_WORDS_MAX = 16 };

struct phones_held;

/* held_read(s, out, err): the published lists. Free with held_free(). */
enum vox_err held_read(struct store *s, struct phones_held **out, struct vox_error *err);
void held_free(struct phones_held **h);

/* held_words(h, sha256, out): "3" (of 'voxlist history'), "none", "?" (not known), or the first digits of the SHA-256
 * of a list that was not published from here. */
void held_words(const struct phones_held *h, const char *sha256, char out[static HELD_WORDS_MAX]);

/* held_parse(h, kind, text, out, err): a version, "none", or "?"; VOX_E_USAGE. */
enum vox_err held_parse(const struct phones_held *h, const char *kind, const char *text,
                        char out[static INVENTORY_LIST_MAX], struct vox_error *err);

/* held_outdated(h, p): it holds a list of a kind of which another is served now, or none. A phone of which neither is
 * known is not counted. */
bool held_outdated(const struct phones_held *h, const struct inventory_phone *p);

#endif

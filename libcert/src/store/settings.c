#include "store/query.h"

#include <string.h>

#include "store/text.h"

enum vox_err store_setting_get(struct store *s, const char *key, char **out, struct vox_error *err)
{
    struct store_query q;

    *out = NULL;
    store_query_begin(&q, s, "SELECT value FROM settings WHERE key = $1", err);
    store_query_text(&q, 1, key);
    if (store_query_next(&q))
        *out = store_query_copy_text(&q, 0);
    return store_query_end(&q);
}

enum vox_err store_setting_put(struct store *s, const char *key, const char *value, struct vox_error *err)
{
    struct store_query q;

    store_query_begin(&q, s,
                      "INSERT INTO settings (key, value) VALUES ($1, $2)"
                      " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                      err);
    store_query_text(&q, 1, key);
    store_query_text(&q, 2, value);
    return store_query_run(&q, NULL);
}

enum vox_err store_setting_set(struct store *s, const char *key, const char *value, struct vox_error *err)
{
    enum vox_err rc = store_text_check_name("setting's name", key, err);

    if (rc != VOX_OK)
        return rc;
    if (!value)
        return vox_fail(err, VOX_E_USAGE, "the setting '%s' needs a value", key);
    if (strncmp(key, "audit.", 6) == 0)
        return vox_fail(err, VOX_E_USAGE, "the setting '%s' belongs to the audit log", key);
    return store_setting_put(s, key, value, err);
}

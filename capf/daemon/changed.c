#include "changed.h"

#include <libcert/carequests.h>
#include <libcert/storewatch.h>

#include "options.h"

/* Begin with {.store.url = URL}, the rest 0. */
struct issuer_watch {
    struct store_watch store;
    bool asked, known, offline;
};

/* As store_tls_changed(). */
static enum vox_err issuer_changed(struct issuer_watch *w, bool *changed, struct vox_error *err)
{
    bool news, offline, first = !w->asked;
    enum vox_err code;

    *changed = false;
    w->asked = true;
    if ((code = store_watch_look(&w->store, &news, err)) != VOX_OK || !news)
        return code;
    if ((code = ca_offline(w->store.store, &offline, err)) != VOX_OK) {
        store_watch_close(&w->store);
        return code;
    }
    *changed = w->known ? w->offline != offline : !first;
    w->offline = offline;
    w->known = true;
    store_watch_seen(&w->store);
    return VOX_OK;
}

enum vox_err daemon_changed(void *arg, const char **what, struct vox_error *err)
{
    static struct store_tls_watch policy;
    static struct issuer_watch issuer;
    const struct options *o = arg;
    bool yes;
    enum vox_err code;

    *what = NULL;
    policy.store.url = issuer.store.url = o->serve.store_url;
    if ((code = store_tls_changed(&policy, &yes, err)) == VOX_OK && yes)
        *what = "the TLS policy";
    if (code == VOX_OK && (code = issuer_changed(&issuer, &yes, err)) == VOX_OK && yes)
        *what = "who issues (voxcapf ca mode)";
    return code;
}

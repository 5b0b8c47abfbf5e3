#include "x509/name_walk.h"

bool name_walk_start(struct name_walk *w, struct bytes_view der)
{
    struct cert_der_item name;

    if (!cert_der_take(&der, DER_SEQUENCE, &name) || der.len != 0)
        return false;
    *w = (struct name_walk){.sets = name.content};
    return true;
}

bool name_walk_next(struct name_walk *w, struct name_attribute *out)
{
    struct cert_der_item set, pair, oid;

    if (w->broken)
        return false;
    if (w->set.len == 0) {
        if (w->sets.len == 0)
            return false;
        w->broken = true; /* unless all that follows is in order; an empty set has no attribute to take */
        if (!cert_der_take(&w->sets, DER_SET, &set))
            return false;
        w->set = set.content;
        w->entered = false;
    }
    w->broken = true;
    if (!cert_der_take(&w->set, DER_SEQUENCE, &pair) || !cert_der_take(&pair.content, DER_OID, &oid) ||
        oid.content.len == 0 || !cert_der_next(&pair.content, &out->value) || pair.content.len != 0)
        return false;
    out->oid = oid.content;
    out->joined = w->entered;
    w->entered = true;
    w->broken = false;
    return true;
}

bool name_walk_sound(const struct name_walk *w)
{
    return !w->broken;
}

bool name_well_formed(struct bytes_view der)
{
    struct name_walk w;
    struct name_attribute a;

    if (!name_walk_start(&w, der))
        return false;
    while (name_walk_next(&w, &a))
        continue;
    return name_walk_sound(&w);
}

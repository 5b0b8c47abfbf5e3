#include "view_trunk.h"

#include <stdio.h>
#include <string.h>

void view_destination(const struct trunk_destination *d, char out[static VIEW_DESTINATION_MAX])
{
    const bool v6 = strchr(d->host, ':') != NULL;

    (void)snprintf(out, VIEW_DESTINATION_MAX, "%s%s%s:%u", v6 ? "[" : "", d->host, v6 ? "]" : "", d->port);
}

json_t *view_profile_json(const struct trunk_profile *p)
{
    json_t *names = json_array();

    for (size_t i = 0; i < p->nnames; i++)
        (void)json_array_append_new(names, json_string(p->names[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:i, s:o}", "name", p->name, "mode", trunk_mode_word(p->mode),
                     "outgoing", trunk_transport_word(p->outgoing), "incoming", trunk_transport_word(p->incoming),
                     "port", (int)p->port, "digest", p->digest, "nonce_validity", (int)p->nonce_validity,
                     "subject_names", names);
}

void view_profile_print(const struct trunk_profile *p)
{
    printf("  mode            %s\n", trunk_mode_word(p->mode));
    printf("  calls out       %s\n", trunk_transport_word(p->outgoing));
    printf("  calls in        %s, port %u\n", trunk_transport_word(p->incoming), p->port);
    if (p->digest)
        printf("  digest          every request, a nonce is good for %u s\n", p->nonce_validity);
    for (size_t i = 0; i < p->nnames; i++)
        printf("%s%s\n", i == 0 ? "  subject names   " : "                  ", p->names[i]);
    if (p->mode != TRUNK_NON_SECURE && p->nnames == 0)
        printf("  subject names   none: the hosts of the destinations count\n");
}

json_t *view_trunk_json(const struct trunk *t)
{
    json_t *destinations = json_array();

    for (size_t i = 0; i < t->n; i++)
        (void)json_array_append_new(destinations, json_pack("{s:s, s:i}", "host", t->destinations[i].host, "port",
                                                            (int)t->destinations[i].port));
    return json_pack("{s:s, s:s, s:o}", "name", t->name, "profile", t->profile, "destinations", destinations);
}

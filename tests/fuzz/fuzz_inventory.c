/* Inventories of servers: whatever stands in one, only hosts and ports that can be meant come out of it. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <places.h>
#include <targets.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_target(const struct target *t)
{
    check(t->host[0] != '\0' && strlen(t->host) <= LIMIT_DNS_NAME);
    for (const char *p = t->host; *p != '\0'; p++)
        check(isalnum((unsigned char)*p) || strchr(".-_:", *p) != NULL);
    check(t->table == TABLE_CALL_MANAGER || t->table == TABLE_PRESENCE || t->table == TABLE_ALL);
    check(t->port != 0 || t->application[0] == '\0' || places_know_application(t->application));
}

static void check_places(const struct places *p)
{
    size_t sum = 0;

    for (size_t h = 0; h < p->nhosts; h++) {
        const struct place_host *host = &p->hosts[h];

        check(host->nplaces > 0 && host->first == sum);
        sum += host->nplaces;
        for (size_t i = 0; i < host->nplaces; i++) {
            const struct place *place = &p->v[host->first + i];

            check(place->scan->host == &host->scan && place->scan->port != 0 && place->expected != 0);
            check(i == 0 || place[-1].scan->port < place->scan->port);
        }
    }
    check(sum == p->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct places_params params = {.policy = tlspolicy_settings_default()};
    static struct refusals refused;
    struct targets targets = {.n = 0};
    struct places places = {.n = 0};
    struct vox_error err;

    refused.n = 0;
    if (targets_read(&targets, (struct bytes_view){data, len}, TABLE_CALL_MANAGER, &refused, &err) != VOX_OK)
        check(err.text[0] != '\0');
    for (size_t i = 0; i < targets.n; i++)
        check_target(&targets.v[i]);
    check(places_make(&targets, &params, &places, &err) == VOX_OK);
    check_places(&places);
    places_free(&places);
    targets_free(&targets);
    return 0;
}

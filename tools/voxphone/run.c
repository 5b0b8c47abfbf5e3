#include <string.h>

#include <cli/output.h>

#include "voxphone.h"

/* As a phone does when it starts. A configuration that is encrypted to another certificate is read once more when CAPF
 * has given the phone a new one. */
void phone_boot_run(struct phone_boot *b)
{
    const struct cert *before = b->lsc.cert;

    phone_take_lists(b);
    phone_take_config(b);
    phone_enrol(b);
    if (b->lsc.cert != before && b->config.encrypted)
        phone_take_config(b);
    phone_call_manager(b);
}

static const char *end_word(enum step_end e)
{
    static const char *const words[] = {"good", "nothing", "refused", "failed"};

    return words[e];
}

json_t *phone_boot_json(const struct phone_boot *b)
{
    json_t *steps = json_array();
    bool good = b->reached;

    for (size_t i = 0; i < b->nsteps; i++) {
        const struct step *s = &b->steps[i];

        good = good && s->end != STEP_REFUSED && s->end != STEP_FAILED;
        (void)json_array_append_new(steps, json_pack("{s:s, s:s, s:s, s:o}", "step", s->what, "end", end_word(s->end),
                                                     "verdict", s->verdict, "text", cli_json_text(s->text)));
    }
    return json_pack("{s:s, s:s, s:b, s:b, s:o}", "phone", b->name, "model", b->o->model.name, "good", good, "reached",
                     b->reached, "steps", steps);
}

#include <stdio.h>

#include <cli/report.h>

#include "voxrotate.h"

/* Who has to take the new certificate up, and how; as these servers document it. */
static void say_reload(const struct turn *t)
{
    switch (t->owner.service) {
    case SERVICE_CALLMANAGER:
    case SERVICE_CALLMANAGER_ECDSA:
        cli_say(t->common,
                "  reload the call manager: restart Asterisk (chan_pjsip reads a certificate when it starts);");
        cli_say(t->common, "    kamcmd tls.reload for Kamailio; sofia profile NAME restart for FreeSWITCH");
        cli_say(t->common, "  upload the new certificate to trunk peers that hold the old one");
        if (t->owner.service == SERVICE_CALLMANAGER)
            cli_say(t->common,
                    "  sign configurations anew: voxsign sign -r DIR --instead-of OLD.pem --cert NEW.pem --key KEY");
        break;
    case SERVICE_CAPF:
    case SERVICE_TVS:
        cli_say(t->common,
                "  voxcapfd and voxtvsd take it from the store when they get HUP, if they were started without --cert");
        break;
    case SERVICE_TOMCAT:
        cli_say(t->common, "  reload the HTTPS server: nginx -s reload, apachectl graceful");
        break;
    case SERVICE_ITLRECOVERY:
    case SERVICE_COUNT:
        break;
    }
}

void next_say(const struct turn *t, enum rotation_step step)
{
    char place[160];

    if (t->terse)
        return;
    turn_words(t, place, sizeof place);
    switch (step) {
    case ROTATION_STAGED:
        cli_say(t->common, "Staged: phones learn of the new certificate with the next lists that they fetch. Next:");
        cli_say(t->common, "  wait until they have: 'voxtrust phones import LOG', 'voxtrust phones count'");
        cli_say(t->common, "  voxrotate activate %s", place);
        break;
    case ROTATION_ACTIVATED:
        cli_say(t->common, "Activated: the new certificate is the service's. Next:");
        say_reload(t);
        cli_say(t->common, "  voxrotate retire %s, when phones have followed", place);
        break;
    case ROTATION_RETIRED:
        cli_say(t->common,
                "Retired: nothing names the old certificate any more. Its key stays until 'voxcert delete'.");
        break;
    case ROTATION_ROLLED_BACK:
        cli_say(t->common, "Rolled back: the old certificate is the service's, and lists name no other.");
        break;
    default:
        break;
    }
}

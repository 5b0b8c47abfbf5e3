#include <stdio.h>
#include <unistd.h>

#include <cli/output.h>
#include <cluster/prepared.h>
#include <cluster/qr.h>

#include "voxtoken.h"

enum vox_err check_qr(const struct prepared_list *p, bool forced, struct vox_error *err)
{
    if (!forced && !cli_takes_blocks(STDOUT_FILENO))
        return VOX_OK;
    printf("\n");
    return qr_print(p->check, cli_colour(STDOUT_FILENO, "30;107"), cli_colour(STDOUT_FILENO, "0"), stdout, err);
}

#include "voxcert.h"

error_t service_file_parse(int key, char *arg, struct argp_state *state, const char **service, const char **file)
{
    switch (key) {
    case ARGP_KEY_ARG:
        if (*service == NULL)
            *service = arg;
        else if (*file == NULL)
            *file = arg;
        else
            argp_error(state, "one FILE: %s (the chain belongs into the same file)", arg);
        return 0;
    case ARGP_KEY_END:
        if (*file == NULL)
            argp_error(state, *service == NULL ? "which SERVICE?" : "which FILE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

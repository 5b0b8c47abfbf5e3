/* Configurations as a virtual phone reads them: whatever stands in one, hosts are hosts and ports are ports. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <config.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct phone_config c;
    struct vox_error err = {.text = ""};

    if (config_read(data, size, &c, &err) != VOX_OK) {
        if (err.text[0] == '\0' || c.there)
            abort();
        return 0;
    }
    if (!c.there || c.ccm_port > 65535 || c.capf_port > 65535 || c.capf_mode > 4 || c.security > 3 ||
        strpbrk(c.ccm, " \t\r\n\"'/") != NULL || strpbrk(c.capf, " \t\r\n\"'/") != NULL)
        abort();
    return 0;
}

/* Lines of access logs: whatever stands in one, only addresses and names that are such come out. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sighting.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { NOW = 1800000000, DAY = 86400 };
    char device[PHONE_NAME_MAX + 1];
    struct sighting seen;
    uint8_t raw[16];

    if (!sighting_read((const char *)data, size, NOW, &seen))
        return 0;
    if (seen.how == NULL || strchr(seen.file, '/') != NULL ||
        (inet_pton(AF_INET, seen.address, raw) != 1 && inet_pton(AF_INET6, seen.address, raw) != 1))
        abort();
    if (sighting_device(seen.file, device) && phone_name_check(device, NULL) != VOX_OK)
        abort();
    if (seen.device[0] != '\0' && phone_name_check(seen.device, NULL) != VOX_OK)
        abort();
    if (strlen(seen.model) > INVENTORY_MODEL_MAX || strchr(seen.model, ' ') != NULL)
        abort();
    return 0;
}

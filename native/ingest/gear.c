#include "gear.h"

size_t gear_scan(const uint32_t table[256], uint32_t mask, const uint8_t *bytes,
                 size_t length_bytes, uint32_t *hash) {
    uint32_t gear = *hash;
    for (size_t index = 0; index < length_bytes; index++) {
        gear = (gear << 1) + table[bytes[index]];
        if ((gear & mask) == 0) {
            *hash = gear;
            return index + 1;
        }
    }
    *hash = gear;
    return 0;
}

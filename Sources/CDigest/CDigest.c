#include "CDigest.h"

#if defined(__APPLE__)
#include <CommonCrypto/CommonDigest.h>

bool vae_sha256(const void *bytes, size_t count, unsigned char digest[32]) {
    CC_SHA256_CTX context;
    CC_SHA256_Init(&context);
    // CommonCrypto counts in 32 bits.
    for (const unsigned char *next = bytes; count > 0;) {
        const CC_LONG part = count > 1u << 30 ? 1u << 30 : (CC_LONG)count;
        CC_SHA256_Update(&context, next, part);
        next += part;
        count -= part;
    }
    return CC_SHA256_Final(digest, &context) == 1;
}
#else
#include <openssl/evp.h>

bool vae_sha256(const void *bytes, size_t count, unsigned char digest[32]) {
    return EVP_Digest(bytes, count, digest, NULL, EVP_sha256(), NULL) == 1;
}
#endif

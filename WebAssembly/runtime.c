// What a C library is elsewhere: memory, and the few functions that the kernels and Swift's runtime call.
#include <stdint.h>
#include <string.h>

// A block is a head of sixteen bytes and, behind it, what its owner gets. Small ones come in few sizes, with a list of
// free ones for each; large ones are cut from the first free stretch that has room, and melt with their neighbours when
// they are given back.
typedef struct block {
    size_t size;         // head included, a multiple of HEAD
    size_t before;       // bytes from the block's own head to this one, which alignment put behind it
    struct block *next;  // where it is free
} block;

enum { HEAD = 16, SMALL = 1024, PIECE = 16 * SMALL, PAGE = 1 << 16 };

extern unsigned char __heap_base;
static block *small[SMALL / HEAD + 1], *large;  // `large` in the order of addresses
static uintptr_t top;                           // what lies above was never taken

static block *end_of(block *b) { return (block *)((char *)b + b->size); }

static void give_back(block *freed) {
    block *last = NULL, *next = large;
    while (next && next < freed) last = next, next = next->next;
    if (next && end_of(freed) == next) {
        freed->size += next->size;
        next = next->next;
    }
    if (last && end_of(last) == freed) {
        last->size += freed->size;
        freed = last;
    } else {
        *(last ? &last->next : &large) = freed;
    }
    freed->next = next;
}

// A free stretch more. A page that has no memory left stops here.
static void grow(size_t size) {
    if (!top) top = ((uintptr_t)&__heap_base + HEAD - 1) / HEAD * HEAD;
    size_t pages = __builtin_wasm_memory_size(0), wanted = (top + size + PAGE - 1) / PAGE;
    if (wanted > pages) {
        if (__builtin_wasm_memory_grow(0, wanted - pages) == SIZE_MAX) __builtin_trap();
        pages = wanted;
    }
    block *stretch = (block *)top;
    stretch->size = pages * PAGE - top;
    top = pages * PAGE;
    give_back(stretch);
}

static block *take_large(size_t size) {
    for (;; grow(size)) {
        for (block **link = &large; *link; link = &(*link)->next) {
            block *found = *link;
            if (found->size < size) continue;
            *link = found->next;
            if (found->size - size > SMALL) {
                block *rest = (block *)((char *)found + size);
                rest->size = found->size - size;
                rest->next = *link;
                *link = rest;
                found->size = size;
            }
            return found;
        }
    }
}

static block *take_small(size_t size) {
    block **list = &small[size / HEAD];
    if (!*list) {
        block *piece = take_large(PIECE);
        for (char *at = (char *)piece, *end = (char *)end_of(piece); at + size <= end; at += size) {
            ((block *)at)->size = size;
            ((block *)at)->next = *list;
            *list = (block *)at;
        }
    }
    block *found = *list;
    *list = found->next;
    return found;
}

void *malloc(size_t bytes) {
    if (bytes > SIZE_MAX / 2) __builtin_trap();
    size_t size = (bytes + 2 * HEAD - 1) / HEAD * HEAD;
    block *taken = size <= SMALL ? take_small(size) : take_large(size);
    taken->before = 0;
    return (char *)taken + HEAD;
}

int posix_memalign(void **out, size_t alignment, size_t bytes) {
    char *memory = malloc(bytes + (alignment > HEAD ? alignment : 0));
    size_t shift = -(uintptr_t)memory & (alignment - 1);
    if (shift) ((block *)(memory + shift - HEAD))->before = shift;
    *out = memory + shift;
    return 0;
}

void free(void *memory) {
    if (!memory) return;
    block *freed = (block *)((char *)memory - HEAD);
    freed = (block *)((char *)freed - freed->before);
    if (freed->size > SMALL) {
        give_back(freed);
    } else {
        freed->next = small[freed->size / HEAD];
        small[freed->size / HEAD] = freed;
    }
}

// One instruction each.
void *memcpy(void *to, const void *from, size_t bytes) { return __builtin_memcpy(to, from, bytes); }
void *memmove(void *to, const void *from, size_t bytes) { return __builtin_memmove(to, from, bytes); }
void *memset(void *to, int byte, size_t bytes) { return __builtin_memset(to, byte, bytes); }

int memcmp(const void *a, const void *b, size_t bytes) {
    const unsigned char *x = a, *y = b;
    for (; bytes; bytes--, x++, y++) {
        if (*x != *y) return *x - *y;
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t count = 0;
    while (text[count]) count++;
    return count;
}

// Where Swift's hash tables begin. Nobody chooses keys to make them slow here, and nothing depends on their order.
void arc4random_buf(void *out, size_t bytes) { memset(out, 0, bytes); }

// Halves go away from zero.
double round(double x) {
    double whole = __builtin_trunc(x);
    return __builtin_fabs(x - whole) < 0.5 ? whole : whole + __builtin_copysign(1, x);
}

// The product of numbers of 128 bits, by halves of halves: what Swift checks the products of 64 bits for overflow by.
__int128 __multi3(__int128 a, __int128 b) {
    uint64_t x = (uint64_t)a, y = (uint64_t)b, low = (uint32_t)x * (uint64_t)(uint32_t)y;
    uint64_t first = (x >> 32) * (uint32_t)y + (low >> 32), second = (uint32_t)x * (y >> 32) + (uint32_t)first;
    uint64_t high = (x >> 32) * (y >> 32) + (first >> 32) + (second >> 32);
    high += x * (uint64_t)(b >> 64) + y * (uint64_t)(a >> 64);
    return (__int128)((unsigned __int128)high << 64 | second << 32 | (uint32_t)low);
}

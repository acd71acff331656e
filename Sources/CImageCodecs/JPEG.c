// libjpeg (libjpeg-turbo's, by its own API). It leaves by longjmp; none reaches Swift.
#include "CImageCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

// As many as libjpeg-turbo's own fuzzers take: a small file of many scans would keep a decoder busy for long.
static const int most_scans = 500;

typedef struct {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf leave;
    char message[JMSG_LENGTH_MAX];
    // The source has given an end marker that the file does not have.
    int end_is_missing;
    // Four channels of as many rows as are read at once.
    JSAMPARRAY inks;
} reading;

static reading *reading_of(j_common_ptr info) { return info->client_data; }

static void refuse(j_common_ptr info) {
    reading *state = reading_of(info);
    info->err->format_message(info, state->message);
    longjmp(state->leave, 1);
}

static void refuse_for(reading *state, const char *reason) {
    strncpy(state->message, reason, sizeof state->message - 1);
    longjmp(state->leave, 1);
}

// Levels below zero are warnings: the data is corrupt, and what comes is a guess.
static void refuse_warnings(j_common_ptr info, int level) {
    if (level < 0) refuse(info);
}

static void begin_source(j_decompress_ptr info) { (void)info; }

static boolean give_end(j_decompress_ptr info) {
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    reading_of((j_common_ptr)info)->end_is_missing = 1;
    info->src->next_input_byte = end;
    info->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void skip(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count > info->src->bytes_in_buffer) {
        refuse_for(reading_of((j_common_ptr)info), "the data ends inside a marker segment");
    }
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

static void watch_scans(j_common_ptr info) {
    if (((j_decompress_ptr)info)->input_scan_number > most_scans) refuse_for(reading_of(info), "more than 500 scans");
}

// a * b / 255, rounded as Pillow does.
static int scaled(int a, int b) {
    const int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
}

// Pillow's conversion; programs that write Adobe's marker store 255 - ink.
static void convert_inks(const JSAMPLE *inks, size_t pixels, int inverted, uint8_t *colours) {
    const int flip = inverted ? 255 : 0;
    for (size_t pixel = 0; pixel < pixels; pixel++, inks += 4, colours += 3) {
        const int light = 255 - (inks[3] ^ flip);
        for (int channel = 0; channel < 3; channel++) {
            const int value = light - scaled(inks[channel] ^ flip, light);
            colours[channel] = (uint8_t)(value < 0 ? 0 : value);
        }
    }
}

// Whether every coefficient of every component has come in full, as far as can be told.
static int is_complete(const struct jpeg_decompress_struct *info) {
    if (!info->progressive_mode) return info->comps_in_scan == info->num_components;
    for (int component = 0; component < info->num_components; component++) {
        for (int place = 0; place < DCTSIZE2; place++) {
            if (info->coef_bits[component][place] != 0) return 0;
        }
    }
    return 1;
}

static int decode(reading *state, uint32_t width, uint32_t height, uint32_t channels, int fast_dct, uint8_t *pixels) {
    struct jpeg_decompress_struct *info = &state->info;
    if (setjmp(state->leave)) return 0;
    jpeg_create_decompress(info);
    info->src = &state->source;
    info->progress = &state->progress;
    jpeg_read_header(info, TRUE);
    const int has_inks = info->num_components == 4;
    info->out_color_space = has_inks ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info->dct_method = fast_dct ? JDCT_IFAST : JDCT_ISLOW;
    info->do_fancy_upsampling = TRUE;
    jpeg_start_decompress(info);
    if (info->output_width != width || info->output_height != height) {
        refuse_for(state, "the size differs from the header's");
    }
    if (info->output_components != (has_inks ? 4 : (int)channels) || (has_inks && channels != 3)) {
        refuse_for(state, "its channels differ from the header's");
    }
    enum { most_rows = 16 };
    const size_t row = (size_t)width * channels;
    JSAMPROW rows[most_rows];
    if (has_inks) {
        state->inks = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, width * 4, 1);
    }
    while (info->output_scanline < height) {
        const uint32_t y = info->output_scanline;
        if (has_inks) {
            jpeg_read_scanlines(info, state->inks, 1);
            convert_inks(state->inks[0], width, info->saw_Adobe_marker, pixels + row * y);
            continue;
        }
        const uint32_t count = height - y < most_rows ? height - y : most_rows;
        for (uint32_t i = 0; i < count; i++) rows[i] = pixels + row * (y + i);
        jpeg_read_scanlines(info, rows, count);
    }
    // In one with several scans a missing end may hide missing scans.
    if (jpeg_has_multiple_scans(info) && state->end_is_missing && !is_complete(info)) {
        refuse_for(state, "the data ends before the last scan");
    }
    jpeg_finish_decompress(info);
    return 1;
}

vae_jpeg_result vae_jpeg_decode(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint32_t channels,
                                int fast_dct, uint8_t *pixels, char *message) {
    reading state;
    memset(&state, 0, sizeof state);
    // Made anew for each picture: tables of the last would serve where this one's are missing.
    state.info.err = jpeg_std_error(&state.errors);
    state.errors.error_exit = refuse;
    state.errors.emit_message = refuse_warnings;
    state.info.client_data = &state;
    state.source.init_source = begin_source;
    state.source.fill_input_buffer = give_end;
    state.source.skip_input_data = skip;
    state.source.resync_to_restart = jpeg_resync_to_restart;
    state.source.term_source = begin_source;
    state.source.next_input_byte = bytes;
    state.source.bytes_in_buffer = count;
    state.progress.progress_monitor = watch_scans;
    const int decoded = decode(&state, width, height, channels, fast_dct, pixels);
    jpeg_destroy_decompress(&state.info);
    if (decoded) return state.end_is_missing ? VAE_JPEG_WITHOUT_END : VAE_JPEG_WHOLE;
    memcpy(message, state.message, VAE_CODEC_MESSAGE_SIZE);
    message[VAE_CODEC_MESSAGE_SIZE - 1] = 0;
    return VAE_JPEG_REFUSED;
}

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)

const char *vae_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
    return "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION);
#else
    return "libjpeg " TEXT(JPEG_LIB_VERSION);
#endif
}

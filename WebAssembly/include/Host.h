// What the page does for the core: its only import.
#pragma once

// Seconds since some moment.
double host_seconds(void) __attribute__((import_module("host"), import_name("seconds")));

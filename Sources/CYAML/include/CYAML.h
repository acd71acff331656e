// libyaml, the system's: its reader of events.
#pragma once

#include <yaml.h>

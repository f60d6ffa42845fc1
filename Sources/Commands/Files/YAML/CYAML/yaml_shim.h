// The system's libyaml (yaml.org/spec/1.1), for playbooks, compose files and workflows.
#include <yaml.h>

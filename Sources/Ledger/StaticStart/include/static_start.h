#pragma once

/// Looks names of logins and groups up in /etc/passwd and /etc/group only.
///
/// For any other source, glibc loads a library, and crashes in a static program. Foundation looks
/// names up for `~name` and for the owner of a file, so it is called before anything else.
void ledger_look_logins_up_in_files(void);

"""Run a command in the sandbox that a systemd unit describes, as far as that can be without systemd.

    sandbox.py UNIT STATE-FOLDER UID COMMAND [ARGUMENT]...

As the user UID without any capability, with the unit's environment, limits, umask, system calls and address families; every
file system read-only but for the state folder, and /proc showing processes of its own only. A system call that the unit's
SystemCallFilter does not let pass kills the process here, where it only fails under systemd. A setting that is not known here
is an error, so that a new one in the unit is not taken for shown.
"""

import ctypes
import os
import re
import resource
import shlex
import struct
import subprocess
import sys

# prctl(2), unshare(2), seccomp(2)
PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 22, 24, 38, 65
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CLONE_NEWNS, CLONE_NEWIPC = 0x00020000, 0x08000000
SECCOMP_MODE_FILTER, RET_KILL, RET_ERRNO, RET_ALLOW = 2, 0x80000000, 0x00050000, 0x7FFF0000
AUDIT_ARCH_X86_64, EAFNOSUPPORT = 0xC000003E, 97
LD_W_ABS, JEQ, RET = 0x20, 0x15, 0x06

# Made to hold by systemd only, or what says how it starts and ends.
OTHERS = """Type User Group ExecStart Restart RestartSec TimeoutStopSec StateDirectory StateDirectoryMode ConfigurationDirectory
    ConfigurationDirectoryMode LoadCredential SetCredential TasksMax SystemCallErrorNumber SystemCallArchitectures
    ProtectHome PrivateTmp PrivateDevices ProtectClock ProtectHostname ProtectControlGroups ProtectKernelLogs ProtectKernelModules
    ProtectKernelTunables RestrictNamespaces RestrictRealtime RestrictSUIDSGID RemoveIPC LockPersonality KeyringMode""".split()

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *args):
    if getattr(libc, name)(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}{args}: {os.strerror(number)}")


def prctl(option, *args):
    args = [ctypes.c_ulong(a) for a in (*args, 0, 0, 0, 0)[:4]]
    call("prctl", option, *args)


def unit_read(path):
    """The settings of [Service], each with all its values in order."""
    settings, section = {}, None
    for line in open(path):
        line = line.strip()
        if line.startswith("["):
            section = line
        elif line and line[0] not in "#;" and section == "[Service]":
            name, value = line.split("=", 1)
            settings.setdefault(name, []).append(value)
    return settings


def group(name):
    """The system calls of a name that systemd knows."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True).stdout
    names = [line.strip() for line in listed.splitlines()[1:]]
    return set().union(*(group(n) for n in names if n and not n.startswith("#")))


def calls_allowed(lines):
    allowed = group("@default")
    for line in lines:
        chosen = set().union(*(group(name) for name in line.lstrip("~").split()))
        allowed = allowed - chosen if line.startswith("~") else allowed | chosen
    return allowed


def numbers():
    """Of this machine's system calls."""
    header = subprocess.run(["gcc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"], check=True,
                            capture_output=True, text=True).stdout
    return {m[1]: int(m[2]) for m in re.finditer(r"#define __NR_(\w+) (\d+)$", header, re.M)}


def program(allowed, families):
    """The filter. No jump is far, as each comparison has its own way out: a jump passes 255 instructions at most."""
    table = numbers()
    code = [(LD_W_ABS, 0, 0, 4), (JEQ, 1, 0, AUDIT_ARCH_X86_64), (RET, 0, 0, RET_KILL), (LD_W_ABS, 0, 0, 0)]
    code += [(JEQ, 0, 2 + 2 * len(families), table["socket"]), (LD_W_ABS, 0, 0, 16)]
    for family in families:
        code += [(JEQ, 0, 1, family), (RET, 0, 0, RET_ALLOW)]
    code.append((RET, 0, 0, RET_ERRNO | EAFNOSUPPORT))
    for name in sorted(allowed & table.keys()):
        code += [(JEQ, 0, 1, table[name]), (RET, 0, 0, RET_ALLOW)]
    code.append((RET, 0, 0, RET_KILL))
    return code


def filter_install(code):
    raw = b"".join(struct.pack("HBBI", *line) for line in code)
    buffer = ctypes.create_string_buffer(raw, len(raw))
    head = ctypes.create_string_buffer(struct.pack("HL", len(code), ctypes.addressof(buffer)))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(head))


def mount(*args):
    subprocess.run(["mount", *args], check=True)


def files_protect(state):
    """ProtectSystem=strict, ProtectProc=invisible and ProcSubset=pid; PrivateIPC."""
    call("unshare", CLONE_NEWNS | CLONE_NEWIPC)
    mount("--make-rprivate", "/")
    mount("--bind", state, state)
    for line in open("/proc/self/mountinfo").read().splitlines():
        place = line.split()[4].encode().decode("unicode_escape")
        if place != state and not place.startswith(("/proc", "/sys", "/dev")):
            mount("-o", "remount,bind,ro", place)
    mount("-t", "proc", "-o", "hidepid=invisible,subset=pid", "proc", "/proc")


def limits_set(unit):
    for name in list(unit):
        if name.startswith("Limit"):
            value = unit.pop(name)[-1]
            number = resource.RLIM_INFINITY if value == "infinity" else int(value)
            try:
                resource.setrlimit(getattr(resource, "RLIMIT_" + name[5:]), (number, number))
            except ValueError:  # a container without CAP_SYS_RESOURCE
                print(f"sandbox: {name}={value} is above what is allowed here", flush=True)
    os.umask(int(unit.pop("UMask")[-1], 8))


def user_become(uid):
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def expect(unit, name, value):
    if unit.pop(name, None) != [value]:
        sys.exit(f"sandbox: the unit must set {name}={value}")


def main():
    path, state, uid, command = sys.argv[1], os.path.realpath(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    unit = unit_read(path)
    code = program(calls_allowed(unit.pop("SystemCallFilter")),
                   [dict(AF_UNIX=1, AF_INET=2, AF_INET6=10)[f] for f in unit.pop("RestrictAddressFamilies")[-1].split()])
    for name, value in (("NoNewPrivileges", "yes"), ("CapabilityBoundingSet", ""), ("AmbientCapabilities", ""),
                        ("ProtectSystem", "strict"), ("ProtectProc", "invisible"), ("ProcSubset", "pid"), ("PrivateIPC", "yes"),
                        ("MemoryDenyWriteExecute", "yes")):
        expect(unit, name, value)
    limits_set(unit)
    for line in unit.pop("Environment", []):
        os.environ.update(setting.split("=", 1) for setting in shlex.split(line))
    if unknown := unit.keys() - set(OTHERS):
        sys.exit(f"sandbox: what {', '.join(sorted(unknown))} does is not known here")
    files_protect(state)
    user_become(uid)
    prctl(PR_SET_MDWE, 1)
    filter_install(code)
    os.execvp(command[0], command)


main()

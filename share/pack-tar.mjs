// Made of src/pack-tar.ts by "npm run generate".

// src/file-sets/tar/pack-from-list.ts
import { readSync as readSync2, writeSync as writeSync2 } from "node:fs";

// src/lib/errors.ts
function systemCode(error) {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : void 0;
}

// src/file-sets/scan/pack-record.ts
var TYPE = { file: 102, folder: 100, holder: 68, link: 108, pipe: 112, block: 98, character: 99 };
var MINUS = 45;
var DOT = 46;
var SPACE = 32;
var SLASH = 47;
var ZERO = 48;
function emptyRecord() {
  const numbers = { type: 0, seconds: 0, nanoseconds: 0, device: 0, inode: 0, uid: 0, start: 0, end: 0, nameStart: 0, depth: 0 };
  return { ...numbers, bytes: Buffer.alloc(0) };
}
function parseRecord(bytes, from, end2, into) {
  let at = from + 1;
  const number = (stop) => {
    let value = 0;
    for (let byte = bytes[at] ?? stop; byte !== stop; byte = bytes[++at] ?? stop) value = value * 10 + byte - ZERO;
    at++;
    return value;
  };
  into.type = bytes[from] ?? 0;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  const seconds = number(DOT);
  into.seconds = isNegative ? -seconds : seconds;
  into.nanoseconds = Math.floor(number(SPACE) / 10);
  number(SPACE);
  into.device = number(SPACE);
  into.inode = number(SPACE);
  into.uid = number(SPACE);
  number(SPACE);
  into.bytes = bytes;
  into.start = at;
  into.end = end2;
  into.nameStart = at;
  into.depth = 0;
  for (let index = at; index < end2; index++) {
    if (bytes[index] !== SLASH) continue;
    into.depth++;
    into.nameStart = index + 1;
  }
}
function whyNotSeen(seen, found, hasInodes2) {
  if (typeOf(found.mode) !== (seen.type === TYPE.holder ? TYPE.folder : seen.type)) return "its type has changed since the scan";
  if (found.dev !== seen.device) return "its file system has changed since the scan";
  if (found.ino === seen.inode) return void 0;
  const isFolder = typeOf(found.mode) === TYPE.folder;
  if (!isFolder && found.nlink <= 1 && found.uid === seen.uid) return void 0;
  return hasInodes2() ? `${isFolder ? "another folder" : "another file"} has replaced it since the scan` : void 0;
}
var TYPES = { 1: TYPE.pipe, 2: TYPE.character, 4: TYPE.folder, 6: TYPE.block, 8: TYPE.file, 10: TYPE.link };
function typeOf(mode) {
  return TYPES[mode >> 12];
}
var WITHOUT_INODES = /* @__PURE__ */ new Set([
  1702057286,
  4283649346,
  4266872130
  /* SMB2 */
]);
function keepsInodes(fileSystemType) {
  return !WITHOUT_INODES.has(fileSystemType);
}
var OUR_ERRORS = /* @__PURE__ */ new Set(["EMFILE", "ENFILE", "ENOMEM"]);
function whyUnreadable(error) {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : void 0;
  if (code === void 0 || !/^E[A-Z0-9]+$/u.test(code) || OUR_ERRORS.has(code)) return void 0;
  return error instanceof Error ? error.message.replace(/, .*/su, "") : void 0;
}

// src/file-sets/tar/pack-tree.ts
import { closeSync as closeSync2, fstatSync as fstatSync3, readSync } from "node:fs";

// src/files/kernel-files.ts
import { mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from "node:fs";
function readKernelText(path) {
  return readFileSync(path, "latin1");
}

// src/lib/durations.ts
var SECOND_MS = 1e3;

// src/lib/format.ts
var UNITS_MS = { ms: 1, s: SECOND_MS, m: 60 * SECOND_MS, h: 3600 * SECOND_MS, d: 86400 * SECOND_MS };
var UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

// src/lib/shell-word.ts
var ODD = new RegExp(`(${UNPRINTABLE.source})`, "u");

// src/files/trust/trust.ts
function distrustOf({ uid, gid, mode }, who, isSticky = "ignored") {
  if (uid !== 0 && uid !== who.uid) return "owner";
  if (isSticky === "trusted" && (mode & 512) !== 0) return void 0;
  if ((mode & 2) !== 0) return "world-writable";
  const isOwnGroup = who.distrustsGroups !== true && (gid === 0 || who.uid !== 0 && gid === who.gid && gid === who.uid);
  return (mode & 16) !== 0 && !isOwnGroup ? "group-writable" : void 0;
}
function ownTruster() {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

// src/files/trust/hard-links.ts
function whyForeignHardLink(file, folder) {
  if (file.nlink <= 1 || (file.mode & S_IFMT) !== S_IFREG || (file.mode & 4) !== 0) return void 0;
  const distrust = distrustOf(folder, ownTruster());
  if (distrust === void 0 || distrust === "owner" && file.uid === folder.uid && (folder.mode & 18) === 0) return void 0;
  if (!permitsHardLinks()) return void 0;
  return "another user may have created this hard link to it (fs.protected_hardlinks is 0)";
}
var S_IFMT = 61440;
var S_IFREG = 32768;
function permitsHardLinks() {
  try {
    return readKernelText("/proc/sys/fs/protected_hardlinks").trim() === "0";
  } catch {
    return true;
  }
}

// src/files/trust/working-folder.ts
import { constants, fstatSync, lstatSync, openSync as openSync2, readlinkSync as readlinkSync2 } from "node:fs";
var { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
function enterFolder(fd) {
  process.chdir(`/proc/self/fd/${fd}`);
}
function openFolderHere(name) {
  return openSync2(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
}
function openHere(name) {
  return openSync2(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}
function statHere(name) {
  return lstatSync(name);
}
function exactTimeOf(entry) {
  return (typeof entry === "number" ? fstatSync(entry, { bigint: true }) : lstatSync(entry, { bigint: true })).mtimeNs;
}
function readLinkHere(name) {
  return readlinkSync2(name, "buffer");
}

// src/file-sets/tar/hard-links.ts
function hardLinks() {
  const known = /* @__PURE__ */ new Map();
  const keyOf = ({ dev, ino }) => `${dev} ${ino}`;
  return {
    first(file) {
      const key = keyOf(file);
      const found = known.get(key);
      if (found === void 0) return void 0;
      found.left--;
      if (found.left <= 0) known.delete(key);
      return found.name;
    },
    add(file, name) {
      known.set(keyOf(file), { name: Buffer.from(name), left: file.nlink - 1 });
    }
  };
}

// src/file-sets/tar/source-folders.ts
import { closeSync, fstatSync as fstatSync2, statfsSync } from "node:fs";
var KEPT_OPEN = 200;
function sourceFolders(sourceFd) {
  const levels = [];
  let standing;
  const close = (level) => {
    if (level?.fd === void 0) return;
    closeSync(level.fd);
    if (standing === level.fd) standing = void 0;
    level.fd = void 0;
  };
  const leaveBelow = (depth) => {
    while (levels.length > depth) close(levels.pop());
  };
  const stand = (fd) => {
    if (standing !== fd) enterFolder(fd);
    standing = fd;
  };
  const openLevel = (level, aboveFd) => {
    try {
      stand(aboveFd);
      level.fd = openFolderHere(level.name);
      level.why = whyNotSeen(level.seen, fstatSync2(level.fd), () => hasInodes(level.fd ?? aboveFd));
    } catch (error) {
      level.why = whyUnreadable(error);
      if (level.why === void 0) throw error;
    }
  };
  return {
    enter(record) {
      leaveBelow(record.depth);
      const name = Buffer.from(record.bytes.subarray(record.nameStart, record.end));
      levels.push({ name, seen: { ...record, bytes: name }, fd: void 0, why: void 0 });
    },
    standAt({ depth }) {
      leaveBelow(depth);
      const innermost = levels.findLastIndex((it) => it.fd !== void 0 || it.why !== void 0);
      let fd = levels[innermost]?.fd ?? sourceFd;
      for (let index = Math.max(innermost, 0); index < levels.length; index++) {
        const level = levels[index];
        if (level.fd === void 0 && level.why === void 0) openLevel(level, fd);
        if (level.why !== void 0) return `a folder above it: ${level.why}`;
        fd = level.fd ?? fd;
        close(levels[index - KEPT_OPEN]);
      }
      stand(fd);
      return void 0;
    },
    stats: () => fstatSync2(standing ?? sourceFd),
    hasInodes: () => hasInodes(standing ?? sourceFd)
  };
}
function hasInodes(fd) {
  return keepsInodes(statfsSync(`/proc/self/fd/${fd}`).type);
}

// src/file-sets/tar/write-tar-header.ts
var BLOCK = 512;
var MEMBER = { file: 48, hardLink: 49, link: 50, character: 51, block: 52, folder: 53, pipe: 54 };
var MAX_7 = 2097151;
var MAX_11 = 8589934591;
var NAME_BYTES = 100;
var USER_BYTES = 31;
var EXTENDED = 120;
var EXTENDED_NAME = Buffer.from("PaxHeaders/entry");
var EMPTY = Buffer.alloc(0);
var MAGIC = Buffer.from("ustar\x0000", "latin1");
function writeHeader(output, member) {
  const extended = extendedOf(member);
  const hasTime = isTimeBeyond(member);
  if (hasTime && extended === "" && hasOrdinaryTime(member)) writeTimeOnly(output, member);
  else if (hasTime || extended !== "")
    writeExtended(output, extended + (hasTime ? recordOf("mtime", decimalOf(member.seconds, member.nanoseconds)) : ""));
  output.reserve(BLOCK);
  writeBlock(output, member);
}
function padBlock(output, bytes) {
  const rest = (BLOCK - bytes % BLOCK) % BLOCK;
  output.buffer.fill(0, output.used, output.used + rest);
  output.used += rest;
}
function writeExtended(output, text) {
  output.reserve(2 * BLOCK + text.length);
  writeBlock(output, { ...PLAIN, kind: EXTENDED, name: EXTENDED_NAME, size: text.length });
  output.used += output.buffer.write(text, output.used, "latin1");
  padBlock(output, text.length);
}
var PLAIN = { mode: 420, uid: 0, gid: 0, user: "", group: "", seconds: 0, nanoseconds: 0 };
var ORDINARY_TIME = recordOf("mtime", decimalOf(1e9, 1));
var SECONDS_DIGITS = 10;
var NANOSECONDS_DIGITS = 9;
var TIME_BLOCKS = Buffer.alloc(2 * BLOCK);
writeExtended({ buffer: TIME_BLOCKS, used: 0, total: 0, reserve: () => void 0, flush: () => void 0 }, ORDINARY_TIME);
var SECONDS_AT = BLOCK + ORDINARY_TIME.indexOf("=") + 1;
var NANOSECONDS_AT = SECONDS_AT + SECONDS_DIGITS + 1;
function hasOrdinaryTime({ seconds, nanoseconds }) {
  return nanoseconds > 0 && seconds >= 1e9 && seconds < 1e10;
}
function writeTimeOnly(output, { seconds, nanoseconds }) {
  output.reserve(2 * BLOCK);
  const { buffer, used: at } = output;
  buffer.set(TIME_BLOCKS, at);
  const high = Math.floor(seconds / 1e5);
  decimal(buffer, at + SECONDS_AT, { digits: SECONDS_DIGITS / 2, value: high });
  decimal(buffer, at + SECONDS_AT + SECONDS_DIGITS / 2, { digits: SECONDS_DIGITS / 2, value: seconds - high * 1e5 });
  decimal(buffer, at + NANOSECONDS_AT, { digits: NANOSECONDS_DIGITS, value: nanoseconds });
  output.used = at + 2 * BLOCK;
}
function decimal(buffer, start, { digits, value }) {
  let rest = value | 0;
  for (let at = start + digits - 1; at >= start; at--) {
    const next = rest / 10 | 0;
    buffer[at] = 48 + rest - next * 10;
    rest = next;
  }
}
function writeBlock(output, member) {
  const { buffer, used: at } = output;
  const { kind, name, mode, uid, gid, user, group, size, seconds, target = EMPTY, device } = member;
  buffer.fill(0, at, at + BLOCK);
  const nameBytes = name.copy(buffer, at, 0, NAME_BYTES);
  octal(buffer, at + 100, { digits: 7, value: mode });
  octal(buffer, at + 108, { digits: 7, value: uid <= MAX_7 ? uid : 0 });
  octal(buffer, at + 116, { digits: 7, value: gid <= MAX_7 ? gid : 0 });
  octal(buffer, at + 124, { digits: 11, value: size <= MAX_11 ? size : 0 });
  octal(buffer, at + 136, { digits: 11, value: seconds >= 0 && seconds <= MAX_11 ? seconds : 0 });
  buffer[at + 156] = kind;
  const targetBytes = target.length === 0 ? 0 : target.copy(buffer, at + 157, 0, NAME_BYTES);
  buffer.set(MAGIC, at + 257);
  const userBytes = user === "" ? 0 : buffer.write(user, at + 265, USER_BYTES, "latin1");
  const groupBytes = group === "" ? 0 : buffer.write(group, at + 297, USER_BYTES, "latin1");
  octal(buffer, at + 329, { digits: 7, value: device?.major ?? 0 });
  octal(buffer, at + 337, { digits: 7, value: device?.minor ?? 0 });
  const sum = 8 * 32 + sumOf(buffer, at, nameBytes) + sumOf(buffer, at + 100, 57 + targetBytes) + sumOf(buffer, at + 257, 8 + userBytes) + sumOf(buffer, at + 297, groupBytes) + sumOf(buffer, at + 329, 16);
  octal(buffer, at + 148, { digits: 6, value: sum });
  buffer[at + 155] = 32;
  output.used = at + BLOCK;
}
function sumOf(buffer, start, bytes) {
  let sum = 0;
  for (let index = start; index < start + bytes; index++) sum += buffer[index] ?? 0;
  return sum;
}
function octal(buffer, start, { digits, value }) {
  let rest = value;
  let at = start + digits - 1;
  for (; rest > 2147483647; at--) {
    buffer[at] = 48 + rest % 8;
    rest = Math.floor(rest / 8);
  }
  for (; at >= start; at--) {
    buffer[at] = 48 | rest & 7;
    rest >>>= 3;
  }
}
function isTimeBeyond({ seconds, nanoseconds }) {
  return nanoseconds !== 0 || seconds < 0 || seconds > MAX_11;
}
function extendedOf({ name, target, size, uid, gid, user, group }) {
  let text = "";
  if (isBeyond(name)) text += recordOf("path", name.toString("latin1"));
  if (target !== void 0 && isBeyond(target)) text += recordOf("linkpath", target.toString("latin1"));
  if (size > MAX_11) text += recordOf("size", String(size));
  if (uid > MAX_7) text += recordOf("uid", String(uid));
  if (gid > MAX_7) text += recordOf("gid", String(gid));
  if (isLongName(user)) text += recordOf("uname", Buffer.from(user).toString("latin1"));
  if (isLongName(group)) text += recordOf("gname", Buffer.from(group).toString("latin1"));
  return text;
}
function isBeyond(name) {
  if (name.length > NAME_BYTES) return true;
  for (let index = 0; index < name.length; index++) if ((name[index] ?? 0) > 127) return true;
  return false;
}
var long = /* @__PURE__ */ new Map();
function isLongName(name) {
  const known = long.get(name);
  if (known !== void 0) return known;
  const isLong = name.length > USER_BYTES || /[^\0-\x7f]/u.test(name);
  long.set(name, isLong);
  return isLong;
}
function recordOf(keyword, value) {
  const rest = ` ${keyword}=${value}
`;
  let length = rest.length + 2;
  while (rest.length + String(length).length > length) length++;
  return `${rest.length < 9 ? rest.length + 1 : length}${rest}`;
}
function decimalOf(seconds, nanoseconds) {
  const isNegative = seconds < 0;
  const whole = isNegative ? -seconds - (nanoseconds === 0 ? 0 : 1) : seconds;
  const fraction = isNegative && nanoseconds !== 0 ? 1e9 - nanoseconds : nanoseconds;
  return `${isNegative ? "-" : ""}${whole}${fraction === 0 ? "" : `.${String(fraction).padStart(9, "0")}`}`;
}

// src/file-sets/tar/pack-tree.ts
var RECORD_BYTES = 20 * BLOCK;
var READ_BYTES = 256 * 1024;
function treePacker({ sourceFd, prefix, users, groups, output, report }) {
  const folders = sourceFolders(sourceFd);
  const links = hardLinks();
  const nameOf = ({ bytes, start, end: end2 }) => {
    const path = bytes.subarray(start, end2);
    return prefix.length === 0 ? path : Buffer.concat([prefix, path]);
  };
  const factsOf = (record, found, entry) => {
    const { mode, uid, gid } = found;
    const { seconds, nanoseconds } = timeOf(record, found, entry);
    return { mode: mode & 4095, uid, gid, user: users.get(uid) ?? "", group: groups.get(gid) ?? "", seconds, nanoseconds };
  };
  const addBytes = (fd, found, { facts, name }) => {
    const { mode, uid, gid, user, group, seconds, nanoseconds } = facts;
    writeHeader(output, { kind: MEMBER.file, name, mode, uid, gid, user, group, size: found.size, seconds, nanoseconds });
    const trouble = copyBytes(fd, found, output);
    if (trouble?.kind === "lost") return trouble.why;
    if (trouble !== void 0) report({ kind: "torn", name, why: trouble.why });
    if (found.nlink > 1) links.add(found, name);
    return void 0;
  };
  const addHardLink = (facts, name, target) => {
    writeHeader(output, { ...facts, kind: MEMBER.hardLink, name, size: 0, target });
    return void 0;
  };
  const addFile = (record, name) => {
    const fd = openHere(entryOf(record));
    try {
      const found = fstatSync3(fd);
      const why = whyNotSeen(record, found, folders.hasInodes) ?? (found.nlink > 1 ? whyForeignHardLink(found, folders.stats()) : void 0);
      if (why !== void 0) return why;
      const facts = factsOf(record, found, fd);
      const first = found.nlink > 1 ? links.first(found) : void 0;
      return first === void 0 ? addBytes(fd, found, { facts, name }) : addHardLink(facts, name, first);
    } finally {
      closeSync2(fd);
    }
  };
  const addOther = (record, name) => {
    const entry = entryOf(record);
    const found = statHere(entry);
    const why = whyNotSeen(record, found, folders.hasInodes);
    if (why !== void 0) return why;
    const facts = factsOf(record, found, entry);
    const hasMore = found.nlink > 1 && !found.isDirectory();
    const first = hasMore ? links.first(found) : void 0;
    if (first !== void 0) return addHardLink(facts, name, first);
    writeHeader(output, { ...facts, ...kindOf(found, name, entry), size: 0 });
    if (hasMore) links.add(found, name);
    return void 0;
  };
  const whyLost = (record, name) => {
    try {
      return folders.standAt(record) ?? (record.type === TYPE.file ? addFile(record, name) : addOther(record, name));
    } catch (error) {
      const why = whyUnreadable(error);
      if (why === void 0) throw error;
      return why;
    }
  };
  return {
    take(record) {
      if (record.type !== TYPE.holder) {
        const name = nameOf(record);
        const why = whyLost(record, name);
        if (why !== void 0) report({ kind: "lost", name, why });
      }
      if (record.type === TYPE.folder || record.type === TYPE.holder) folders.enter(record);
    },
    end() {
      const end2 = 2 * BLOCK;
      const bytes = end2 + (RECORD_BYTES - (output.total + end2) % RECORD_BYTES) % RECORD_BYTES;
      output.reserve(bytes);
      output.buffer.fill(0, output.used, output.used + bytes);
      output.used += bytes;
      output.flush();
    }
  };
}
function entryOf({ bytes, nameStart, end: end2 }) {
  for (let at = nameStart; at < end2; at++) if ((bytes[at] ?? 0) > 127) return bytes.subarray(nameStart, end2);
  return bytes.toString("latin1", nameStart, end2);
}
function timeOf(seen, { mtimeMs }, entry) {
  const { seconds, nanoseconds: seenNs } = seen;
  if (mtimeMs === seconds * 1e3 + seenNs / 1e6) return seen;
  const ns = exactTimeOf(entry);
  const nanoseconds = (ns % 1000000000n + 1000000000n) % 1000000000n;
  return { seconds: Number((ns - nanoseconds) / 1000000000n), nanoseconds: Number(nanoseconds) };
}
function kindOf(found, name, entry) {
  if (found.isDirectory()) return { kind: MEMBER.folder, name: Buffer.concat([name, Buffer.from("/")]) };
  if (found.isSymbolicLink()) return { kind: MEMBER.link, name, target: readLinkHere(entry) };
  if (found.isFIFO()) return { kind: MEMBER.pipe, name };
  return { kind: found.isBlockDevice() ? MEMBER.block : MEMBER.character, name, device: numbersOf(found.rdev) };
}
function numbersOf(device) {
  const high = Math.floor(device / 2 ** 32);
  const low = device >>> 0;
  const minorHigh = Math.floor(device / 2 ** 20) % 2 ** 24;
  return { major: (low >>> 8 & 4095) + (high - high % 4096), minor: (low & 255) + minorHigh * 256 };
}
function copyBytes(fd, found, output) {
  const { size } = found;
  let left = size;
  let why;
  try {
    while (left > 0) {
      const wanted = Math.min(left, READ_BYTES);
      output.reserve(wanted + BLOCK);
      const bytes = readSync(fd, output.buffer, output.used, wanted, null);
      if (bytes === 0) break;
      output.used += bytes;
      left -= bytes;
    }
  } catch (error) {
    why = whyUnreadable(error);
    if (why === void 0) throw error;
  }
  const missing = left;
  fillUp(left, output);
  padBlock(output, size);
  if (why !== void 0) return { kind: "lost", why };
  if (missing > 0) return { kind: "torn", why: `it shrank by ${missing} bytes while being read, which are zeros in the archive` };
  if (size <= READ_BYTES) return void 0;
  const after = fstatSync3(fd);
  return after.ctimeMs === found.ctimeMs && after.size === size ? void 0 : { kind: "torn", why: "it was changed while being read" };
}
function fillUp(bytes, output) {
  for (let left = bytes; left > 0; ) {
    const some = Math.min(left, READ_BYTES);
    output.reserve(some + BLOCK);
    output.buffer.fill(0, output.used, output.used + some);
    output.used += some;
    left -= some;
  }
}

// src/file-sets/tar/tar-output.ts
import { writeSync } from "node:fs";
var FLUSH_BYTES = 64 * 1024;
var BUFFER_BYTES = 512 * 1024;
function tarOutput(fd) {
  let written = 0;
  const output = {
    buffer: Buffer.allocUnsafe(BUFFER_BYTES),
    used: 0,
    get total() {
      return written + output.used;
    },
    reserve(bytes) {
      if (output.used >= FLUSH_BYTES || output.used + bytes > BUFFER_BYTES) output.flush();
    },
    flush() {
      for (let done = 0; done < output.used; ) done += writeSync(fd, output.buffer, done, output.used - done);
      written += output.used;
      output.used = 0;
    }
  };
  return output;
}

// src/file-sets/tar/pack-from-list.ts
var NAME_RECORD = { passwd: "u", group: "g" };
var READER_CLOSED = 141;
function packFromList({ callFd, listFd, sourceFd, outputFd, problemsFd }) {
  const say = (word) => {
    const line = Buffer.from(`${JSON.stringify(word)}
`);
    for (let done = 0; done < line.length; ) done += writeSync2(problemsFd, line, done);
  };
  try {
    const { prefix } = JSON.parse(readAll(callFd));
    const users = /* @__PURE__ */ new Map();
    const groups = /* @__PURE__ */ new Map();
    const packer = treePacker({
      sourceFd,
      prefix: Buffer.from(prefix, "latin1"),
      users,
      groups,
      output: tarOutput(outputFd),
      report: ({ kind, name, why }) => say({ kind, name: name.toString("latin1"), why })
    });
    const record = emptyRecord();
    eachRecord(listFd, (bytes, from, end2) => {
      if (bytes[from] === USER) addName(users, bytes.toString("utf8", from + 1, end2));
      else if (bytes[from] === GROUP) addName(groups, bytes.toString("utf8", from + 1, end2));
      else {
        parseRecord(bytes, from, end2, record);
        packer.take(record);
      }
    });
    packer.end();
    return 0;
  } catch (error) {
    if (systemCode(error) === "EPIPE") return READER_CLOSED;
    say({ kind: "failed", why: error instanceof Error ? error.message : String(error) });
    return 1;
  }
}
var [USER, GROUP] = [NAME_RECORD.passwd.charCodeAt(0), NAME_RECORD.group.charCodeAt(0)];
function addName(names, text) {
  const at = text.indexOf(" ");
  names.set(Number(text.slice(0, at)), text.slice(at + 1));
}
function readAll(fd) {
  const chunks = [];
  for (; ; ) {
    const chunk = Buffer.alloc(64 * 1024);
    const bytes = readSync2(fd, chunk, 0, chunk.length, null);
    if (bytes === 0) return Buffer.concat(chunks).toString();
    chunks.push(chunk.subarray(0, bytes));
  }
}
var LIST_BYTES = 256 * 1024;
function eachRecord(fd, onRecord) {
  let block = Buffer.allocUnsafe(LIST_BYTES);
  let kept = 0;
  for (; ; ) {
    if (kept === block.length) block = Buffer.concat([block], 2 * block.length);
    const bytes = readSync2(fd, block, kept, block.length - kept, null);
    if (bytes === 0) throw new Error("the list of the files is incomplete");
    const filled = block.subarray(0, kept + bytes);
    let from = 0;
    for (let end2 = filled.indexOf(0); end2 >= 0; end2 = filled.indexOf(0, from)) {
      if (end2 === from) return;
      onRecord(filled, from, end2);
      from = end2 + 1;
    }
    kept = filled.length - from;
    block.copyWithin(0, from, filled.length);
  }
}

// src/pack-tar.ts
var end = packFromList({ listFd: 0, callFd: 3, sourceFd: 4, outputFd: 1, problemsFd: 2 });
process.exitCode = end;

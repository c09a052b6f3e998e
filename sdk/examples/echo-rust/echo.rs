//! Answers a chat with the text of its last message, word by word: what `../minimal.c` does, in Rust without crates.
//!
//! The records below are those of `switchyard/provider.h`, as far as this plug-in touches them: a record goes by pointer
//! and grows at its end only, so members behind the last one used need not be written down.
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::null;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    data: *const u8,
    size: usize,
}

impl Slice {
    fn of(text: &str) -> Slice {
        Slice { data: text.as_ptr(), size: text.len() }
    }
    const EMPTY: Slice = Slice { data: null(), size: 0 };

    /// Valid as long as the host says: for what the start event carries, until the exchange is destroyed.
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.size == 0 { &[] } else { std::slice::from_raw_parts(self.data, self.size) }
    }
}

#[repr(C)]
struct Member {
    name: Slice,
    name_offset: u64,
    value_offset: u64,
    value_size: u64,
}

#[repr(C)]
struct Start {
    struct_size: u32,
    flags: u32,
    operation: Slice,
    dialect: Slice,
    model: Slice,
    requested_model: Slice,
    body: Slice,
    members: *const Member,
    parts: *const c_void,
    headers: *const c_void,
    member_count: u32,
}

const EVENT_START: u32 = 1;

#[repr(C)]
struct Event {
    struct_size: u32,
    kind: u32,
    id: u64,
    now: i64,
    payload: *const c_void,
}

const DELTA_TEXT: u32 = 1;
const DELTA_STOP: u32 = 9;

#[repr(C)]
struct Delta {
    struct_size: u32,
    kind: u32,
    choice: u32,
    block: u32,
    text: Slice,
    id: Slice,
    name: Slice,
    extra: Slice,
}

#[repr(C)]
struct Count {
    unit: Slice,
    amount: i64,
}

const USAGE_FINAL: u32 = 1;

#[repr(C)]
struct Usage {
    struct_size: u32,
    flags: u32,
    counts: *const Count,
    count_count: u32,
    reserved: u32,
}

const CAUSE_INTERNAL: u32 = 12;
const SCOPE_REQUEST: u32 = 1;

#[repr(C)]
struct Fail {
    struct_size: u32,
    cause: u32,
    scope: u32,
    http_status: u32,
    retry_after: i64,
    kind: Slice,
    code: Slice,
    message: Slice,
    param: Slice,
    upstream: Slice,
}

type Unused = *const c_void;

#[repr(C)]
pub struct Actions {
    struct_size: u32,
    reserved: u32,
    context: *mut c_void,
    http_request: Unused,
    abort: Unused,
    hash_pieces: Unused,
    forward: Unused,
    tap_replace: Unused,
    tap_drop: Unused,
    delta: extern "C" fn(*mut c_void, *const Delta) -> u32,
    answer_head: Unused,
    emit: Unused,
    emit_pieces: Unused,
    usage: extern "C" fn(*mut c_void, *const Usage) -> u32,
    finish: extern "C" fn(*mut c_void) -> u32,
    fail: extern "C" fn(*mut c_void, *const Fail) -> u32,
}

#[repr(C)]
pub struct Descriptor {
    struct_size: u32,
    capabilities: u32,
    id: *const c_char,
    name: *const c_char,
    vendor: *const c_char,
    version: *const c_char,
    home_page: *const c_char,
    icon: *const c_char,
    default_base_url: *const c_char,
    hosts: *const *const c_char,
    operations: *const *const c_char,
    dialects: *const *const c_char,
    type_numbers: *const u32,
    models: *const c_void,
    type_number_count: u32,
    model_count: u32,
    key_hint: *const c_char,
    config_schema: *const c_char,
}

#[repr(C)]
pub struct Provider {
    struct_size: u32,
    reserved: u32,
    descriptor: *const Descriptor,
    channel_create: extern "C" fn(*const Provider, *const c_void, *mut c_void) -> *mut Channel,
    channel_destroy: extern "C" fn(*mut Channel),
    exchange_create: extern "C" fn(*const Provider, *mut Channel, *const Actions) -> *mut Exchange,
    event: extern "C" fn(*mut Exchange, *const Event),
    exchange_destroy: extern "C" fn(*mut Exchange),
}

#[repr(C)]
pub struct Plugin {
    struct_size: u32,
    abi_major: u32,
    abi_minor: u32,
    reserved: u32,
    required: *const *const c_char,
    init: extern "C" fn(*const c_void, *mut c_void) -> bool,
    deinit: extern "C" fn(),
    provider: extern "C" fn(u32) -> *const Provider,
    extension: Option<extern "C" fn(*const c_char) -> *const c_void>,
}

// Constant data that nobody writes.
unsafe impl Sync for Descriptor {}
unsafe impl Sync for Provider {}
unsafe impl Sync for Plugin {}
struct Texts<const N: usize>([*const c_char; N]);
unsafe impl<const N: usize> Sync for Texts<N> {}

macro_rules! c {
    ($text:expr) => {
        concat!($text, "\0").as_ptr() as *const c_char
    };
}

pub struct Channel;

pub struct Exchange {
    host: *const Actions,
}

impl Exchange {
    fn host(&self) -> &Actions {
        unsafe { &*self.host }
    }

    fn on_start(&self, start: &Start) {
        let host = self.host();
        let members = if start.member_count == 0 {
            &[][..]
        } else {
            unsafe { std::slice::from_raw_parts(start.members, start.member_count as usize) }
        };
        let body = unsafe { start.body.bytes() };
        let messages = members
            .iter()
            .find(|m| unsafe { m.name.bytes() } == b"messages")
            .map_or(&[][..], |m| &body[m.value_offset as usize..(m.value_offset + m.value_size) as usize]);
        let text = unescape(last_content(messages));
        let mut words = 0;
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let space = rest.find(' ').unwrap_or(rest.len());
            let end = rest[space..].find(|c| c != ' ').map_or(rest.len(), |n| space + n);
            self.delta(DELTA_TEXT, &rest[..end], "");
            rest = &rest[end..];
            words += 1;
        }
        let counts = [
            Count { unit: Slice::of("input_tokens"), amount: words },
            Count { unit: Slice::of("output_tokens"), amount: words },
        ];
        let usage = Usage {
            struct_size: std::mem::size_of::<Usage>() as u32,
            flags: USAGE_FINAL,
            counts: counts.as_ptr(),
            count_count: 2,
            reserved: 0,
        };
        (host.usage)(host.context, &usage);
        self.delta(DELTA_STOP, "", "stop");
        (host.finish)(host.context);
    }

    fn delta(&self, kind: u32, text: &str, name: &str) {
        let delta = Delta {
            struct_size: std::mem::size_of::<Delta>() as u32,
            kind,
            choice: 0,
            block: 0,
            text: Slice::of(text),
            id: Slice::EMPTY,
            name: Slice::of(name),
            extra: Slice::EMPTY,
        };
        (self.host().delta)(self.host().context, &delta);
    }

    fn panicked(&self) {
        let fail = Fail {
            struct_size: std::mem::size_of::<Fail>() as u32,
            cause: CAUSE_INTERNAL,
            scope: SCOPE_REQUEST,
            http_status: 0,
            retry_after: 0,
            kind: Slice::EMPTY,
            code: Slice::EMPTY,
            message: Slice::of("the plug-in panicked"),
            param: Slice::EMPTY,
            upstream: Slice::EMPTY,
        };
        (self.host().fail)(self.host().context, &fail);
    }
}

/// What the last `"content":"..."` has between its quotes. The host has checked the JSON.
fn last_content(json: &[u8]) -> &[u8] {
    let (mut text, mut found) = (&[][..], &[][..]);
    let mut value = false;
    let mut at = 0;
    while at < json.len() {
        match json[at] {
            b':' => value = text == b"content",
            b'[' | b'{' => value = false,
            b'"' => {
                let begin = at + 1;
                at = begin;
                while json[at] != b'"' {
                    at += if json[at] == b'\\' { 2 } else { 1 };
                }
                text = &json[begin..at];
                if value {
                    found = text;
                }
                value = false;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn unescape(escaped: &[u8]) -> String {
    let text = String::from_utf8_lossy(escaped);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let mut code = hex(&mut chars);
                let mut ahead = chars.clone();
                if code >> 10 == 0x36 && ahead.next() == Some('\\') && ahead.next() == Some('u') {
                    code = 0x10000 + ((code & 0x3FF) << 10) + (hex(&mut ahead) & 0x3FF);
                    chars = ahead;
                }
                out.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

fn hex(chars: &mut std::str::Chars) -> u32 {
    chars.take(4).fold(0, |code, c| code * 16 + c.to_digit(16).unwrap_or(0))
}

// The border: every entry ends a panic.

extern "C" fn init(_host: *const c_void, _error: *mut c_void) -> bool {
    // The default hook would write to the host's standard error.
    catch_unwind(|| std::panic::set_hook(Box::new(|_| {}))).is_ok()
}

extern "C" fn deinit() {
    // What was installed goes before the code does.
    let _ = catch_unwind(|| drop(std::panic::take_hook()));
}

extern "C" fn provider(index: u32) -> *const Provider {
    if index == 0 { &ECHO } else { null() }
}

extern "C" fn channel_create(_: *const Provider, _config: *const c_void, _error: *mut c_void) -> *mut Channel {
    catch_unwind(|| Box::into_raw(Box::new(Channel))).unwrap_or(std::ptr::null_mut())
}

extern "C" fn channel_destroy(channel: *mut Channel) {
    let _ = catch_unwind(|| drop(unsafe { Box::from_raw(channel) }));
}

extern "C" fn exchange_create(_: *const Provider, _: *mut Channel, host: *const Actions) -> *mut Exchange {
    catch_unwind(|| Box::into_raw(Box::new(Exchange { host }))).unwrap_or(std::ptr::null_mut())
}

extern "C" fn event(exchange: *mut Exchange, event: *const Event) {
    let (exchange, event) = unsafe { (&*exchange, &*event) };
    if event.kind != EVENT_START {
        return;
    }
    let handled = catch_unwind(AssertUnwindSafe(|| exchange.on_start(unsafe { &*(event.payload as *const Start) })));
    if handled.is_err() {
        exchange.panicked();
    }
}

extern "C" fn exchange_destroy(exchange: *mut Exchange) {
    let _ = catch_unwind(|| drop(unsafe { Box::from_raw(exchange) }));
}

static OPERATIONS: Texts<2> = Texts([c!("chat.completions"), null()]);
static DIALECTS: Texts<2> = Texts([c!("openai"), null()]);

static DESCRIPTOR: Descriptor = Descriptor {
    struct_size: std::mem::size_of::<Descriptor>() as u32,
    capabilities: 0,
    id: c!("echo"),
    name: c!("Echo"),
    vendor: c!("Switchyard"),
    version: c!("1.0.0"),
    home_page: null(),
    icon: null(),
    default_base_url: c!("http://localhost"),
    hosts: null(),
    operations: &OPERATIONS.0 as *const *const c_char,
    dialects: &DIALECTS.0 as *const *const c_char,
    type_numbers: null(),
    models: null(),
    type_number_count: 0,
    model_count: 0,
    key_hint: null(),
    config_schema: null(),
};

static ECHO: Provider = Provider {
    struct_size: std::mem::size_of::<Provider>() as u32,
    reserved: 0,
    descriptor: &DESCRIPTOR,
    channel_create,
    channel_destroy,
    exchange_create,
    event,
    exchange_destroy,
};

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static switchyard_plugin: Plugin = Plugin {
    struct_size: std::mem::size_of::<Plugin>() as u32,
    abi_major: 0,
    abi_minor: 1,
    reserved: 0,
    required: null(),
    init,
    deinit,
    provider,
    extension: None,
};

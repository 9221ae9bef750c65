//! Memory for one call at a time, and the one way in.
//!
//! A call's memory is a stack that only grows; the next call begins at its bottom again. Nothing is
//! freed singly, so an allocator of one addition does, and no call can leave anything behind.
#![expect(unsafe_code, reason = "an allocator and a border are made of raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr;

#[cfg(any(feature = "core", feature = "diagnose"))]
use crate::message::{self, Face};

const PAGE_BYTES: usize = 65_536;

/// The next free byte; 0 before the first call.
struct Arena {
    next: Cell<usize>,
}

// SAFETY: an instance has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { next: Cell::new(0) };

unsafe extern "C" {
    /// Where the linker's own data ends. Its address is what counts; there is nothing at it.
    static __heap_base: u8;
}

impl Arena {
    fn reset(&self) {
        self.next.set(&raw const __heap_base as usize);
    }
}

// SAFETY: every block lies beyond the linker's data and below the end of memory, begins where the
// one before it ended or later, and is aligned; none is handed out twice before a reset.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.next.get() == 0 {
            self.reset();
        }
        let mask = layout.align() - 1;
        let Some(start) = self.next.get().checked_add(mask).map(|past| past & !mask) else {
            return ptr::null_mut();
        };
        let Some(end) = start.checked_add(layout.size()) else { return ptr::null_mut() };
        let held = memory_size::<0>() * PAGE_BYTES;
        if end > held && memory_grow::<0>((end - held).div_ceil(PAGE_BYTES)) == usize::MAX {
            return ptr::null_mut();
        }
        self.next.set(end);
        ptr::with_exposed_provenance_mut(start)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The newest block grows where it is, as does a text that is being written.
        if block.addr() + layout.size() == self.next.get() {
            self.next.set(block.addr());
        }
        // SAFETY: the caller's promise about `size` and the alignment is the one this needs.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() && new != block {
            // SAFETY: both blocks are at least this long; they may overlap.
            unsafe { ptr::copy(block, new, layout.size().min(size)) };
        }
        new
    }
}

/// Begins a call: forgets the one before, and answers where `length` bytes can be written.
#[unsafe(no_mangle)]
extern "C" fn begin(length: usize) -> *mut u8 {
    ARENA.reset();
    let Ok(bytes) = Layout::from_size_align(length, 1) else { core::arch::wasm32::unreachable() };
    // SAFETY: where there is nothing to hand out, there is nothing to be read or written either.
    let start = unsafe { ARENA.alloc(bytes) };
    if start.is_null() { core::arch::wasm32::unreachable() } else { start }
}

/// What was written from where `begin` said on.
#[cfg(feature = "verify")]
pub(crate) fn given(length: usize) -> &'static mut [u8] {
    // SAFETY: `begin` handed out this memory at the very bottom, for at least as many bytes, and the
    // caller filled it. It is this call's alone.
    unsafe { core::slice::from_raw_parts_mut((&raw const __heap_base).cast_mut(), length) }
}

#[cfg(any(feature = "core", feature = "diagnose"))]
/// Runs a function on what was written; answers where its reply is.
pub(crate) fn run(face: Face, length: usize) -> *const u8 {
    // SAFETY: `begin` handed out this memory at the very bottom, and the caller filled it.
    let call = unsafe { core::slice::from_raw_parts(&raw const __heap_base, length) };
    message::answer(face, call).leak().as_ptr()
}

/// A bug of ours ends the instance. Whoever called it makes a new one.
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

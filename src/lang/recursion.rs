//! Recursion over trees that may be nested thousands of levels deep, on threads with a stack of any size.
//!
//! Every recursion over an expression, a value or a type passes through [`recurse`]; where derived code recurses, through
//! [`Deep`]. Must not know what the trees hold, nor how deep they may be: whoever builds one sees to that.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// Stack left, in bytes, when another segment is taken: more than one level uses in an unoptimised build.
const RED_ZONE: usize = 256 * 1024;
const STACK_SEGMENT: usize = 4 * 1024 * 1024;

/// Runs one level of a recursion. When the stack runs low, the level gets another one from the heap.
pub fn recurse<R>(level: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE, STACK_SEGMENT, level)
}

/// A pointer (`Arc`, `Box`) from a node of a tree to those below it. Whatever goes over the tree through this pointer,
/// dropping it included, is one level of a recursion.
pub struct Deep<P>(
    /// Empty only while it is dropped.
    Option<P>,
);

impl<P> Deep<P> {
    fn pointer(&self) -> &P {
        self.0.as_ref().expect("a pointer is there until it is dropped")
    }
}

impl<P> Drop for Deep<P> {
    fn drop(&mut self) {
        recurse(|| self.0 = None);
    }
}

impl<P: Deref> Deref for Deep<P> {
    type Target = P::Target;

    fn deref(&self) -> &P::Target {
        self.pointer()
    }
}

impl<P: Clone> Clone for Deep<P> {
    fn clone(&self) -> Self {
        recurse(|| Self(Some(self.pointer().clone())))
    }
}

impl<P: Deref<Target: PartialEq>> PartialEq for Deep<P> {
    /// What is shared equals itself, without a look inside.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq::<P::Target>(&**self, &**other) || recurse(|| **self == **other)
    }
}

impl<P: Deref<Target: Eq>> Eq for Deep<P> {}

impl<P: Deref<Target: Ord>> PartialOrd for Deep<P> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P: Deref<Target: Ord>> Ord for Deep<P> {
    fn cmp(&self, other: &Self) -> Ordering {
        recurse(|| (**self).cmp(&**other))
    }
}

impl<P: Hash> Hash for Deep<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        recurse(|| self.pointer().hash(state));
    }
}

impl<P: fmt::Debug> fmt::Debug for Deep<P> {
    /// In one line even where several are asked for: indentation is made by writers inside writers, which would recurse
    /// as deep as the tree without passing here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        recurse(|| write!(f, "{:?}", self.pointer()))
    }
}

impl<P> From<P> for Deep<P> {
    fn from(pointer: P) -> Self {
        Self(Some(pointer))
    }
}

/// Parts of one node. One word, where a pointer to a slice would be two: most nodes have no parts.
pub type Parts<T> = Arc<Box<[T]>>;

impl<T> From<Vec<T>> for Deep<Parts<T>> {
    fn from(parts: Vec<T>) -> Self {
        Self(Some(Arc::new(parts.into())))
    }
}

impl<T: Clone> From<&[T]> for Deep<Parts<T>> {
    fn from(parts: &[T]) -> Self {
        Self(Some(Arc::new(parts.into())))
    }
}

impl<T, const N: usize> From<[T; N]> for Deep<Parts<T>> {
    fn from(parts: [T; N]) -> Self {
        Self(Some(Arc::new(parts.into())))
    }
}

impl<T> FromIterator<T> for Deep<Parts<T>> {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        Self(Some(Arc::new(parts.into_iter().collect())))
    }
}

impl<K, V> From<BTreeMap<K, V>> for Deep<Arc<BTreeMap<K, V>>> {
    fn from(parts: BTreeMap<K, V>) -> Self {
        Self(Some(Arc::new(parts)))
    }
}

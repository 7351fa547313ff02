//! A disk that can lose power under the real code. Files lie where they are; what an fsync has put on the disk is noted as
//! it happens, and an image is made of what a machine might find again: of each file any selection of the pages that were
//! not synced, of each directory any selection of the names, in any order. Tests of logs and whole clusters in simulation
//! (`tests/simulation`) have the same one.

use fastrand::Rng;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::{self, File},
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, MetadataExt},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

static DISKS: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());

/// The product is about to sync a file or a directory.
pub fn syncing(file: &File) {
    let disks = DISKS.lock().clone();
    if disks.is_empty() {
        return;
    }
    let Ok(path) = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())) else { return };
    disks.iter().filter(|disk| path.starts_with(&disk.root)).for_each(|disk| disk.syncing(file, &path));
}

/// What is on the disk below one directory.
pub struct Disk {
    root: PathBuf,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    /// By inode.
    files: HashMap<u64, Vec<u8>>,
    names: HashMap<u64, Names>,
    /// Kept, so that what has lost its name can be read and no inode number is used twice.
    held: HashMap<u64, Held>,
    /// Where files are kept, by a second name and not open: there may be more than descriptors.
    links: tempfile::TempDir,
    /// Before which sync from now on the power goes.
    fuse: Option<usize>,
    image: Option<tempfile::TempDir>,
}

/// What is kept of a file or a directory.
enum Held {
    Link(PathBuf),
    Dir(File),
}

impl Held {
    fn open(&self) -> File {
        match self {
            Held::Link(path) => File::open(path).unwrap(),
            Held::Dir(dir) => dir.try_clone().unwrap(),
        }
    }

    /// Whether there is nothing but what is kept.
    fn is_gone(&self) -> bool {
        match self {
            Held::Link(path) => fs::metadata(path).unwrap().nlink() < 2,
            Held::Dir(dir) => dir.metadata().unwrap().nlink() == 0,
        }
    }
}

type Names = BTreeMap<String, u64>;

/// A new directory beside `root`, so on the same file system.
fn beside(root: &Path) -> tempfile::TempDir {
    tempfile::tempdir_in(root.parent().unwrap()).unwrap()
}

fn read(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; file.metadata().unwrap().len() as usize];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], filled as u64).unwrap() {
            0 => break,
            n => filled += n,
        }
    }
    bytes.truncate(filled);
    bytes
}

fn children(dir: &Path) -> Vec<(String, PathBuf, u64)> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), e.path(), e.metadata().unwrap().ino())).collect()
}

impl Disk {
    /// Everything that is below `root` counts as on the disk.
    pub fn watch(root: &Path, seed: u64) -> Arc<Disk> {
        let state = State {
            rng: Rng::with_seed(seed),
            files: HashMap::new(),
            names: HashMap::new(),
            held: HashMap::new(),
            links: beside(root),
            fuse: None,
            image: None,
        };
        let disk = Arc::new(Disk { root: root.to_path_buf(), state: Mutex::new(state) });
        disk.sync_all(root);
        DISKS.lock().push(Arc::clone(&disk));
        disk
    }

    pub fn forget(self: &Arc<Disk>) {
        DISKS.lock().retain(|disk| !Arc::ptr_eq(disk, self));
    }

    fn sync_all(&self, dir: &Path) {
        self.state.lock().sync(&File::open(dir).unwrap(), dir);
        for (_, path, _) in children(dir) {
            if path.is_dir() {
                self.sync_all(&path);
            } else {
                self.state.lock().sync(&File::open(&path).unwrap(), &path);
            }
        }
    }

    fn syncing(&self, file: &File, path: &Path) {
        let mut state = self.state.lock();
        if let Some(left) = state.fuse {
            state.fuse = left.checked_sub(1);
            if left == 0 {
                state.make_image(&self.root);
            }
        }
        state.sync(file, path);
    }

    /// Has the power go before the sync after so many others, if there are as many before [`Self::cut`] is called; with
    /// none it stays, for the time being.
    pub fn set_fuse(&self, syncs: Option<usize>) {
        self.state.lock().fuse = syncs;
    }

    /// The power is gone by now: what is found again.
    pub fn cut(&self) -> tempfile::TempDir {
        let mut state = self.state.lock();
        state.fuse = None;
        if state.image.is_none() {
            state.make_image(&self.root);
        }
        state.image.take().unwrap()
    }

    /// Whether the power has gone during a sync.
    pub fn is_cut(&self) -> bool {
        self.state.lock().image.is_some()
    }
}

impl State {
    fn sync(&mut self, file: &File, path: &Path) {
        let metadata = file.metadata().unwrap();
        // The product's own may be for writing only.
        let readable = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
        if !metadata.is_dir() {
            self.files.insert(metadata.ino(), read(&readable));
        }
        self.hold(metadata.ino(), path);
        if !metadata.is_dir() {
            return;
        }
        let mut names = Names::new();
        for (name, path, ino) in children(path) {
            self.hold(ino, &path);
            names.insert(name, ino);
        }
        self.names.insert(metadata.ino(), names);
        self.forget_gone();
    }

    fn hold(&mut self, ino: u64, path: &Path) {
        let links = self.links.path();
        self.held.entry(ino).or_insert_with(|| {
            if path.is_dir() {
                return Held::Dir(File::open(path).unwrap());
            }
            let link = links.join(ino.to_string());
            fs::hard_link(path, &link).unwrap();
            Held::Link(link)
        });
    }

    /// Keeps no longer what no directory names, neither now nor on the disk.
    fn forget_gone(&mut self) {
        let named: BTreeSet<u64> = self.names.values().flat_map(Names::values).copied().collect();
        let gone = self.held.iter().filter(|(ino, held)| !named.contains(ino) && held.is_gone());
        for ino in gone.map(|(ino, _)| *ino).collect::<BTreeSet<_>>() {
            if let Some(Held::Link(link)) = self.held.remove(&ino) {
                fs::remove_file(link).unwrap();
            }
            self.files.remove(&ino);
            self.names.remove(&ino);
        }
    }

    fn make_image(&mut self, root: &Path) {
        let image = beside(root);
        let page = [64, 512, 4096][self.rng.usize(..3)];
        self.restore_dir(fs::metadata(root).unwrap().ino(), Some(root), image.path(), page);
        self.image = Some(image);
    }

    fn restore_dir(&mut self, ino: u64, now: Option<&Path>, to: &Path, page: usize) {
        let on_disk = self.names.get(&ino).cloned().unwrap_or_default();
        let current: BTreeMap<String, (PathBuf, u64)> =
            now.map(children).unwrap_or_default().into_iter().map(|(name, path, ino)| (name, (path, ino))).collect();
        // All old, all new, or any mixture.
        let mode = self.rng.u8(..4);
        let names: BTreeSet<&String> = on_disk.keys().chain(current.keys()).collect();
        for name in names {
            let (old, new) = (on_disk.get(name).copied(), current.get(name).map(|(_, ino)| *ino));
            let is_new = match mode {
                0 => false,
                1 => true,
                _ => self.rng.bool(),
            };
            let Some(found) = (if is_new { new } else { old }) else { continue };
            let path = current.values().find(|(_, ino)| *ino == found).map(|(path, _)| path.clone());
            self.restore(found, path.as_deref(), &to.join(name), page);
        }
    }

    fn restore(&mut self, ino: u64, now: Option<&Path>, to: &Path, page: usize) {
        let file = match now {
            Some(path) => File::open(path).unwrap(),
            None => self.held[&ino].open(),
        };
        if file.metadata().unwrap().is_dir() {
            fs::create_dir(to).unwrap();
            return self.restore_dir(ino, now, to, page);
        }
        let (old, new) = (self.files.get(&ino).cloned().unwrap_or_default(), read(&file));
        fs::write(to, self.mixture(old, &new, page)).unwrap();
    }

    /// Some pages of a file are old, some are new; its size is the old one, the new one, or one that fits the pages.
    fn mixture(&mut self, old: Vec<u8>, new: &[u8], page: usize) -> Vec<u8> {
        if old == new {
            return old;
        }
        let odds = [0.0, 0.5, 1.0, self.rng.f64()][self.rng.usize(..4)];
        let mut bytes = old.clone();
        if new.len() < old.len() && self.rng.bool() {
            bytes.truncate(new.len());
        }
        let mut sizes = vec![bytes.len()];
        for (n, fresh) in new.chunks(page).enumerate() {
            let at = n * page;
            let is_changed = old.get(at..at + fresh.len()) != Some(fresh);
            if is_changed && self.rng.f64() < odds {
                bytes.resize(bytes.len().max(at + fresh.len()), 0);
                bytes[at..at + fresh.len()].copy_from_slice(fresh);
                sizes.push(at + fresh.len());
            }
        }
        sizes.push(*sizes.last().unwrap());
        if new.len() > old.len() {
            sizes.push(new.len());
        }
        let size = sizes[self.rng.usize(..sizes.len())].max(old.len().min(new.len()));
        // Pages beyond the size that the disk knows are not seen; a size beyond the pages reads zeros.
        bytes.resize(size, 0);
        bytes
    }
}

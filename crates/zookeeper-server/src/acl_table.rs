//! Pure: the ACLs of the nodes. Most nodes share a few, so a node holds a number, and each ACL is here once.

use std::collections::BTreeMap;
use std::sync::Arc;

use rkafka_jute::Acl;

/// An ACL shared by whoever has it.
pub type AclList = Arc<[Acl]>;

/// ACLs by number, with the count of their nodes; one without nodes goes.
#[derive(Debug, Clone, Default)]
pub struct AclTable {
    lists: Vec<Option<(AclList, usize)>>,
    numbers: BTreeMap<AclList, u32>,
    vacant: Vec<u32>,
}

impl AclTable {
    /// The number of the ACL for one more node.
    pub fn intern(&mut self, acl: &[Acl]) -> u32 {
        if let Some(number) = self.numbers.get(acl).copied() {
            if let Some(Some((_, count))) = self.lists.get_mut(number as usize) {
                *count += 1;
            }
            return number;
        }
        let list: AclList = acl.into();
        let number = self.vacant.pop().unwrap_or_else(|| {
            self.lists.push(None);
            u32::try_from(self.lists.len() - 1).unwrap_or(u32::MAX)
        });
        self.lists[number as usize] = Some((list.clone(), 1));
        self.numbers.insert(list, number);
        number
    }

    /// One node less has it.
    pub fn release(&mut self, number: u32) {
        let Some(Some((list, count))) = self.lists.get_mut(number as usize) else { return };
        *count -= 1;
        if *count == 0 {
            self.numbers.remove(list);
            self.lists[number as usize] = None;
            self.vacant.push(number);
        }
    }

    /// The ACL with this number, which some node must have.
    pub fn get(&self, number: u32) -> &AclList {
        match self.lists.get(number as usize) {
            Some(Some((list, _))) => list,
            _ => unreachable!("ACL {number} has no node"),
        }
    }

    /// All ACLs in order, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (&AclList, u32)> {
        self.numbers.iter().map(|(list, number)| (list, *number))
    }
}

// Package metaexport reads Meta's export archives, Facebook's and Instagram's of all generations, as a scanner.Source
// for the scan. Its one rule: a list is recognised by where it stands and what is in it, never by the archive's name,
// and every archive entry and every list element ends as an item or a note.
package metaexport

package scanner

// Code is the reason of a note. Codes are few, stored and stable; report translates them. Never rename one.
type Code string

const (
	// Failed: should have been readable.
	CodeMissing     Code = "missing"      // listed, but not in the archive
	CodeCorrupt     Code = "corrupt"      // damaged bytes or JSON
	CodeTooLarge    Code = "too_large"    // beyond a limit of ours
	CodeTimeout     Code = "timeout"      // took longer than a limit of ours
	CodePanic       Code = "panic"        // a reader of ours broke on it: a bug, please report
	CodeDenied      Code = "denied"       // the platform or the file system refuses it
	CodeGone        Code = "gone"         // the platform says that it no longer exists
	CodeUnreadable  Code = "unreadable"   // could not be read for another reason
	CodeUnknownForm Code = "unknown_form" // a record of a form that nobody here knows
	CodeEncrypted   Code = "encrypted"    // an archive entry with a password
	CodeRefused     Code = "refused"      // a name that leaves the archive, a link, a device
	CodeAmbiguous   Code = "ambiguous"    // several files could be meant
	CodeLimit       Code = "limit"        // a limit of the platform cut the list

	// Skipped: by design not in an item.
	CodeNotContent   Code = "not_content"   // settings, logos, index pages, history of edits
	CodePrivate      Code = "private"       // messages, searches, likes: never opened
	CodeDuplicate    Code = "duplicate"     // the same record again
	CodeShell        Code = "share_shell"   // merged into the post that it announces
	CodeEmpty        Code = "empty"         // neither text nor picture nor link
	CodePlaceholder  Code = "placeholder"   // Meta's picture for an empty album
	CodeUnsupported  Code = "unsupported"   // a format that nobody here can read
	CodeRemote       Code = "remote"        // only an address; not fetched
	CodeNotPublished Code = "not_published" // activity that the page did not publish
	CodeOffline      Code = "offline"       // not asked, because the user said so

	// Info: about something that is counted elsewhere.
	CodeState      Code = "state"      // narrower than Item.State: limited time, place unknown
	CodeSameFile   Code = "same_file"  // the same path with the same bytes in two parts
	CodeZone       Code = "zone"       // local time without a zone
	CodeResaved    Code = "resaved"    // the file was edited after the export
	CodePromise    Code = "promise"    // what this kind of archive cannot promise
	CodeCut        Code = "cut"        // part of a text or of metadata beyond a limit
	CodeField      Code = "field"      // the platform refused one field; the rest was read
	CodeThrottled  Code = "throttled"  // had to wait for the platform
	CodeNoPeople   Code = "no_people"  // nobody could look for people in it
	CodeRepaired   Code = "repaired"   // read with repairs
	CodeConnection Code = "connection" // a host that was contacted
)

// Class says how the tally counts the input behind a note.
type Class int

const (
	Info    Class = iota // not an input of its own: in no sum
	Skipped              // by design
	Failed               // should have been readable: exit code 3
)

var classes = map[Code]Class{
	CodeMissing: Failed, CodeCorrupt: Failed, CodeTooLarge: Failed, CodeTimeout: Failed, CodePanic: Failed,
	CodeDenied: Failed, CodeGone: Failed, CodeUnreadable: Failed, CodeUnknownForm: Failed, CodeEncrypted: Failed,
	CodeRefused: Failed, CodeAmbiguous: Failed, CodeLimit: Failed,
	CodeNotContent: Skipped, CodePrivate: Skipped, CodeDuplicate: Skipped, CodeShell: Skipped, CodeEmpty: Skipped,
	CodePlaceholder: Skipped, CodeUnsupported: Skipped, CodeRemote: Skipped, CodeNotPublished: Skipped, CodeOffline: Skipped,
	CodeState: Info, CodeSameFile: Info, CodeZone: Info, CodeResaved: Info, CodePromise: Info, CodeCut: Info,
	CodeField: Info, CodeThrottled: Info, CodeNoPeople: Info, CodeRepaired: Info, CodeConnection: Info,
}

// Class returns how the tally counts the code. An unknown code counts as Failed, so that it cannot hide.
func (c Code) Class() Class {
	if class, ok := classes[c]; ok {
		return class
	}
	return Failed
}

// Codes returns all codes, for catalogues and their tests.
func Codes() []Code {
	codes := make([]Code, 0, len(classes))
	for c := range classes {
		codes = append(codes, c)
	}
	return codes
}

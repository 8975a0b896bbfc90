package metaexport

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pagerisk/scanner"
)

const (
	// maxEntries of all parts together: at about 0.5 kB of memory each, 2 GiB. The largest export known has 40,000.
	maxEntries = 4 << 20
	// maxParts of one call; Meta cuts an export into some dozens at most.
	maxParts = 2000
	// maxNameBytes of one path: what file systems allow.
	maxNameBytes = 4096
	// maxListBytes of one list, unpacked. A file of 10,000 records has some 20 MB.
	maxListBytes = 16 << 30
	// maxListRatio between unpacked and packed size of a list from freeRatio bytes on. Meta's JSON packs 10 to 30 times;
	// deflate cannot do more than 1032.
	maxListRatio = 400
	freeRatio    = 64 << 20
)

// part is one archive or folder that the user gave.
type part struct {
	name   string // base name
	id     string // digest over what it lists, "" if that could not be read
	closer io.Closer
	zip    *zip.Reader
	walked []walked // members of an archive without a directory
	raw    io.ReaderAt
	root   *os.Root
	// cut says what is wrong with the archive as a whole, "" if nothing.
	cut string
}

// file is one archive entry.
type file struct {
	name   string // unique in the source; what Where and Ref say
	path   string // below the activity folder, or below the export's root
	part   int32
	index  int32 // in part.zip.File or part.walked
	acct   int32 // -1: belongs to none
	size   int64
	sum    uint64       // CRC-32 of a zip entry, time of a file
	code   scanner.Code // why it cannot be opened, "" if it can
	detail string
	local  string // path in a folder
	// outside: its name leaves the archive, so that it has no place in the tree.
	outside bool
	// inside the activity folder of a generation that has one.
	inside bool
	used   bool // by an item or as a list: read in the account
	list   bool // read as a list
}

// account is one page, profile or Instagram account.
type account struct {
	platform scanner.Platform
	name     string
	category string
	id       string   // what tells accounts of one product apart
	prefix   string   // of names, where two accounts would collide
	lists    []*input // in reading order
	byPath   []int32  // files by path
	byBase   []int32  // media files by base name; built when first needed
	based    bool
	// twins are media numbers that files of different extensions share: a picture and a video of one number are two.
	twins map[scanner.Key]bool
	index *index
	// folders are the activity folders that its files stood in, which tell the generation.
	folders map[string]bool
	// window of the export, where a document states it
	from, to time.Time
}

// tree is all parts overlaid.
type tree struct {
	parts    []*part
	files    []file
	byName   []int32
	accounts []*account
	notes    []scanner.Note // of parts and entries that are no files of the tree
	doubles  []double       // the same path with the same bytes again
	profiles []int32        // files that may say who the account is
}

type double struct{ name, part string }

// member is one entry as its part lists it.
type member struct {
	raw    string
	size   int64
	sum    uint64
	index  int32
	code   scanner.Code
	detail string
}

// openParts opens what the user gave, looks into folders for zips, and lists everything.
func openParts(ctx context.Context, paths []string) (*tree, error) {
	t := &tree{}
	ok := false
	defer func() {
		if !ok {
			t.close()
		}
	}()
	var known []os.FileInfo
	var broken error
	for _, name := range slices.Sorted(slices.Values(paths)) {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("open %q: %w", filepath.Base(name), errors.Unwrap(err))
		}
		if slices.ContainsFunc(known, func(o os.FileInfo) bool { return os.SameFile(o, info) }) {
			continue
		}
		known = append(known, info)
		if info.IsDir() {
			err = t.addFolder(ctx, name, &known)
		} else {
			err = t.addZip(ctx, name, info.Size())
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, ErrNotArchive) || errors.Is(err, ErrEmpty):
			// One bad file beside good ones is a note; alone it ends here.
			broken = cmp.Or(broken, err)
			code := scanner.CodeCorrupt
			t.notes = append(t.notes, scanner.Note{Code: code, Where: filepath.Base(name), Detail: reason(err)})
		case err != nil:
			return nil, err
		}
	}
	if len(t.files) == 0 {
		if broken != nil {
			return nil, broken
		}
		return nil, fmt.Errorf("open %q: %w", filepath.Base(paths[0]), ErrEmpty)
	}
	if !slices.ContainsFunc(t.files, func(f file) bool { return !junk.MatchString(f.path) || path.Base(f.path) == "no-data.txt" }) {
		return nil, fmt.Errorf("open %q: %w", filepath.Base(paths[0]), ErrEmpty)
	}
	encrypted := 0
	for i := range t.files {
		if t.files[i].code == scanner.CodeEncrypted {
			encrypted++
		}
	}
	if encrypted == len(t.files) {
		return nil, fmt.Errorf("open %q: %w", filepath.Base(paths[0]), ErrEncrypted)
	}
	ok = true
	return t, nil
}

// reason is an error's innermost text, without the names around it.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

func (t *tree) close() error {
	var errs []error
	for _, p := range t.parts {
		if p.closer != nil {
			errs = append(errs, p.closer.Close())
		}
	}
	return errors.Join(errs...)
}

func (t *tree) addZip(ctx context.Context, name string, size int64) error {
	base := filepath.Base(name)
	if len(t.parts) >= maxParts {
		return fmt.Errorf("open %q: more than %d parts", base, maxParts)
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open %q: %w", base, errors.Unwrap(err))
	}
	p := &part{name: base, closer: f, raw: f}
	t.parts = append(t.parts, p)
	members, err := p.list(ctx, size)
	if err != nil {
		return fmt.Errorf("open %q: %w", base, err)
	}
	return t.add(members, "")
}

// list reads the archive's directory or, where that is damaged, walks over the members themselves.
func (p *part) list(ctx context.Context, size int64) ([]member, error) {
	var magic [4]byte
	if n, _ := p.raw.ReadAt(magic[:], 0); n < 4 {
		if size == 0 {
			return nil, ErrEmpty
		}
		return nil, ErrNotArchive
	}
	zr, err := zip.NewReader(p.raw, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		if !bytes.Equal(magic[:], localSignature) {
			return nil, ErrNotArchive
		}
		members, clean, err := walkZip(ctx, p.raw, size)
		if err != nil {
			return nil, err
		}
		if len(members) == 0 {
			return nil, fmt.Errorf("%w: it ends in its first file", ErrNotArchive)
		}
		p.walked = members
		p.cut = "the archive is cut or damaged: what follows its last readable file is missing"
		if clean {
			p.cut = "the archive's directory is damaged; its files were found one by one"
		}
		return p.walkedMembers(), nil
	}
	p.zip = zr
	overlap := overlapping(zr.File, size)
	members := make([]member, 0, len(zr.File))
	for i, f := range zr.File {
		mode := f.Mode()
		if mode.IsDir() || strings.HasSuffix(f.Name, "/") {
			continue
		}
		m := member{raw: f.Name, size: int64(min(f.UncompressedSize64, 1<<62)), sum: uint64(f.CRC32), index: int32(i)}
		switch {
		case !mode.IsRegular():
			m.code, m.detail = scanner.CodeRefused, "a link or device"
		case f.Flags&1 != 0:
			m.code = scanner.CodeEncrypted
		case overlap[i]:
			m.code, m.detail = scanner.CodeRefused, "shares its bytes with another entry"
		case f.Method != zip.Store && f.Method != zip.Deflate:
			m.code, m.detail = scanner.CodeUnreadable, fmt.Sprintf("packed with method %d", f.Method)
		}
		members = append(members, m)
	}
	if len(members) == 0 {
		return nil, ErrEmpty
	}
	// A workbook is a zip with pictures in it too. Nobody means the register when asked for the archive.
	if slices.ContainsFunc(members, func(m member) bool { return m.raw == "[Content_Types].xml" }) {
		return nil, fmt.Errorf("%w: an Office document", ErrNotArchive)
	}
	return members, nil
}

func (p *part) walkedMembers() []member {
	members := make([]member, 0, len(p.walked))
	for i, w := range p.walked {
		if strings.HasSuffix(w.name, "/") {
			continue
		}
		m := member{raw: w.name, size: max(w.size, 0), sum: uint64(w.crc), index: int32(i)}
		switch {
		case w.flags&1 != 0:
			m.code = scanner.CodeEncrypted
		case w.method != zip.Store && w.method != zip.Deflate:
			m.code, m.detail = scanner.CodeUnreadable, fmt.Sprintf("packed with method %d", w.method)
		}
		members = append(members, m)
	}
	return members
}

// addFolder lists an unpacked export. Zips in it are parts like those named by the user.
func (t *tree) addFolder(ctx context.Context, dir string, known *[]os.FileInfo) error {
	base := filepath.Base(dir)
	if abs, err := filepath.Abs(dir); err == nil {
		base = filepath.Base(abs)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open %q: %w", base, errors.Unwrap(err))
	}
	p := &part{name: base, closer: root, root: root}
	t.parts = append(t.parts, p)
	var members []member
	var zips []string
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if d == nil || name == "." {
				return err
			}
			members = append(members, member{raw: name, code: scanner.CodeDenied, detail: reason(err)})
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			// A case of ours grows while it is read; it is no part of the export.
			if _, err := fs.Stat(root.FS(), path.Join(name, "case.db")); err == nil {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		switch {
		case err != nil:
			members = append(members, member{raw: name, code: scanner.CodeDenied, detail: reason(err)})
		case !info.Mode().IsRegular():
			members = append(members, member{raw: name, code: scanner.CodeRefused, detail: "a link or device"})
		case strings.EqualFold(path.Ext(name), ".zip") && !within(name, "media", "messages", "files"):
			zips = append(zips, name)
		default:
			members = append(members, member{raw: name, size: info.Size(), sum: uint64(info.ModTime().Unix())})
		}
		if len(members)+len(t.files) > maxEntries {
			return errTooMany
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read folder %q: %w", base, err)
	}
	if err := t.add(members, base); err != nil {
		return fmt.Errorf("read folder %q: %w", base, err)
	}
	for _, name := range zips {
		full := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Stat(full)
		if err != nil {
			t.notes = append(t.notes, scanner.Note{Code: scanner.CodeDenied, Where: name, Detail: reason(err)})
			continue
		}
		if slices.ContainsFunc(*known, func(o os.FileInfo) bool { return os.SameFile(o, info) }) {
			continue
		}
		*known = append(*known, info)
		if err := t.addZip(ctx, full, info.Size()); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			t.notes = append(t.notes, scanner.Note{Code: scanner.CodeCorrupt, Where: name, Detail: reason(err)})
		}
	}
	return nil
}

func within(name string, folders ...string) bool {
	for seg := range strings.SplitSeq(path.Dir(name), "/") {
		if slices.Contains(folders, seg) {
			return true
		}
	}
	return false
}

var errTooMany = fmt.Errorf("more than %d files", maxEntries)

// add takes the members of the last part into the tree. base is the name of a folder, which counts as part of the path
// where it is one of Meta's: people hand over inner folders.
func (t *tree) add(members []member, base string) error {
	if len(t.files)+len(members) > maxEntries {
		return errTooMany
	}
	inner := innerFolder(members, base)
	list := listDigest{sha256.New()}
	for _, m := range members {
		list.add(m.raw, m.size, m.sum)
		name, ok := cleanName(m.raw)
		f := file{part: int32(len(t.parts) - 1), index: m.index, acct: -1, size: m.size, sum: m.sum, code: m.code, detail: m.detail, path: name}
		if t.parts[f.part].root != nil {
			f.local = m.raw
		}
		if !ok {
			f.outside, f.code, f.detail = true, scanner.CodeRefused, "a name that leaves the archive"
		} else if inner != "" {
			f.path = inner + "/" + name
		}
		t.files = append(t.files, f)
	}
	if len(members) > 0 {
		t.parts[len(t.parts)-1].id = list.String()
	}
	return nil
}

// cleanName is a member's path with "/" between its parts, in NFC; false where it leads out of the archive. What is
// refused is returned too, to be shown.
func cleanName(raw string) (string, bool) {
	name := raw
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "\ufffd")
	}
	name = strings.ReplaceAll(norm.NFC.String(name), `\`, "/")
	ok := name != "" && len(name) <= maxNameBytes && !strings.ContainsRune(name, 0) && name[0] != '/' &&
		!(len(name) >= 2 && name[1] == ':')
	segments := strings.Split(name, "/")
	if slices.Contains(segments, "..") {
		ok = false
	}
	if !ok {
		shown := strings.Map(func(r rune) rune {
			if r < ' ' {
				return '\ufffd'
			}
			return r
		}, name)
		return shown[:min(len(shown), 200)], false
	}
	segments = slices.DeleteFunc(segments, func(s string) bool { return s == "" || s == "." })
	return strings.Join(segments, "/"), len(segments) > 0
}

// innerFolder finds the folder of Meta's that the members were taken out of, "" if they begin at the root or further
// out. A zip tells it by the lists at its top.
func innerFolder(members []member, base string) string {
	if activity(base) != "" || base == "posts" || base == "photos_and_videos" || base == "content" {
		for _, m := range members {
			if strings.HasPrefix(m.raw, base+"/") {
				return "" // the folder is a wrapper that happens to be called so
			}
		}
		return base
	}
	var facebook, instagram bool
	for _, m := range members {
		switch {
		case facebookTop.MatchString(m.raw):
			facebook = true
		case instagramTop.MatchString(m.raw):
			instagram = true
		}
	}
	switch {
	case facebook:
		return "posts"
	case instagram && base == "media":
		return "your_instagram_activity/media"
	case instagram:
		return "content"
	}
	return ""
}

var (
	facebookTop  = regexp.MustCompile(`^(?:(?:profile|your)_posts(?:__check_ins__photos_and_videos)?_\d+|album/\d+|(?:your_)?uncategorized_photos)\.(?:json|html)$`)
	instagramTop = regexp.MustCompile(`^(?:posts_\d+|reels|stories|profile_photos|archived_posts)\.(?:json|html)$`)
)

// Folders that hold the activity of one product; everything of interest lies below them. Any one character, or none,
// may stand for the apostrophe: unpackers and storages replace it.
var (
	facebookActivity  = regexp.MustCompile(`^(?:this_profile.{0,3}s_activity_across_facebook|your_(?:facebook_activity|activity_across_facebook))$`)
	instagramActivity = regexp.MustCompile(`^your_instagram_activity$`)
)

// activity says which product's activity folder that is.
func activity(segment string) scanner.Platform {
	switch {
	case facebookActivity.MatchString(segment):
		return scanner.Facebook
	case instagramActivity.MatchString(segment):
		return scanner.Instagram
	}
	return ""
}

// belowActivity cuts a path behind its last activity folder. root is what stands before it.
func belowActivity(p string) (root, rest string, product scanner.Platform) {
	end := len(p)
	for {
		i := strings.LastIndexByte(p[:end], '/')
		if product := activity(p[i+1 : end]); product != "" && end < len(p) {
			root := strings.TrimSuffix(p[:i+1], "/")
			// One export had its activity below the profile (seen in 2025).
			if outer, ok := strings.CutSuffix(root, "personal_information/profile_information"); ok {
				root = strings.TrimSuffix(outer, "/")
			}
			return root, p[end+1:], product
		}
		if i < 0 {
			return "", p, ""
		}
		end = i
	}
}

// tops are names that stand directly in an export's root, with the product that they prove ("" for both).
var tops = map[string]scanner.Platform{
	"photos_and_videos": scanner.Facebook, "profile_information": scanner.Facebook, "about_you": scanner.Facebook, "html": scanner.Facebook,
	"pages": scanner.Facebook, "groups": scanner.Facebook, "events": scanner.Facebook, "posts": scanner.Facebook, "likes_and_reactions": scanner.Facebook,
	"photos": "", "videos": "", "stories": "", "messages": "", "personal_information": "", "connections": "", "preferences": "",
	"security_and_login_information": "", "logged_information": "", "ads_information": "", "apps_and_websites_off_of_facebook": scanner.Facebook,
	"files": "", "comments": "", "reels": scanner.Facebook, "short_videos": scanner.Facebook, "start_here.html": "", "index.html": "",
	"content": scanner.Instagram, "media": scanner.Instagram, "public-media": scanner.Instagram, "account_information": scanner.Instagram,
	"media.json": scanner.Instagram, "apps_and_websites_off_of_instagram": scanner.Instagram, "your_instagram_activity": scanner.Instagram,
	"past_instagram_insights": scanner.Instagram, "direct": scanner.Instagram, "profile": scanner.Instagram, "profile.json": scanner.Instagram,
}

// home is one export root in one part: a wrapper folder, or the top of an archive.
type home struct {
	part int32
	root string
}

// arrange finds the roots and the products, overlays the parts and gives every file its account and name.
func (t *tree) arrange() error {
	type place struct {
		root, rest string
		product    scanner.Platform
	}
	places := make([]place, len(t.files))
	anchored := make(map[home]map[scanner.Platform]bool)
	learn := func(h home, product scanner.Platform) {
		if anchored[h] == nil {
			anchored[h] = make(map[scanner.Platform]bool)
		}
		if product != "" {
			anchored[h][product] = true
		}
	}
	for i := range t.files {
		f := &t.files[i]
		if f.outside {
			continue
		}
		switch path.Base(f.path) {
		case "profile_information.json", "personal_information.json", "profile.json":
			if len(t.profiles) < maxParts {
				t.profiles = append(t.profiles, int32(i))
			}
		}
		root, rest, product := belowActivity(f.path)
		places[i] = place{root, rest, product}
		if product != "" {
			learn(home{f.part, root}, product)
		}
	}
	strong := maps.Clone(anchored)
	// What lies beside the activity, and older generations, which have no activity folder.
	covering := func(f *file, homes map[home]map[scanner.Platform]bool) (string, bool) {
		for r := f.path; r != ""; {
			r = r[:max(strings.LastIndexByte(r, '/'), 0)]
			if homes[home{f.part, r}] != nil {
				return r, true
			}
		}
		return "", false
	}
	for i := range t.files {
		f := &t.files[i]
		if f.outside || places[i].product != "" {
			continue
		}
		root, ok := covering(f, strong)
		if !ok || looksLikeRoot(strings.TrimPrefix(strings.TrimPrefix(f.path, root), "/")) {
			if weak, product, found := weakRoot(f.path); found {
				root, ok = weak, true
				learn(home{f.part, root}, product)
			}
		}
		if ok {
			places[i] = place{root: root, rest: strings.TrimPrefix(strings.TrimPrefix(f.path, root), "/")}
		}
	}
	for i := range t.files {
		f := &t.files[i]
		if f.outside || places[i].rest != "" {
			continue
		}
		if root, ok := covering(f, anchored); ok {
			places[i] = place{root: root, rest: strings.TrimPrefix(strings.TrimPrefix(f.path, root), "/")}
		}
	}
	homes := t.groupHomes(anchored)
	if len(homes) == 0 {
		return fmt.Errorf("open %q: %w", t.parts[0].name, ErrOtherProduct)
	}
	for i := range t.files {
		f := &t.files[i]
		if f.outside {
			f.name = f.path
			continue
		}
		pl := places[i]
		product := pl.product
		if product == "" {
			product = productOf(pl.rest, anchored[home{f.part, pl.root}])
		}
		if a, ok := homes[home{f.part, pl.root}][product]; ok {
			f.acct = a
		} else if len(t.accounts) == 1 {
			f.acct = 0
		}
		if pl.product != "" && f.acct >= 0 {
			f.inside = true
			a := t.accounts[f.acct]
			if a.folders == nil {
				a.folders = make(map[string]bool)
			}
			a.folders[path.Base(strings.TrimSuffix(f.path, "/"+pl.rest))] = true
		}
		if pl.rest != "" {
			f.path = pl.rest
		}
		f.name = f.path
	}
	t.overlay()
	return nil
}

// looksLikeRoot reports a path whose first folder is unknown but below which an export of its own begins: one wrapper
// beside another's unpacked files.
func looksLikeRoot(rest string) bool {
	first, inner, ok := strings.Cut(rest, "/")
	if _, known := tops[first]; known || !ok {
		return false
	}
	for _, p := range []scanner.Platform{scanner.Facebook, scanner.Instagram} {
		if l, _, ok := listOf(p, inner); ok && l.form != media2020 {
			return true
		}
	}
	return false
}

// weakRoot finds the root of an export without activity folders by the first name that stands in such roots.
func weakRoot(p string) (string, scanner.Platform, bool) {
	start := 0
	for seg := range strings.SplitSeq(p, "/") {
		if product, ok := tops[seg]; ok {
			rest := p[start:]
			return strings.TrimSuffix(p[:start], "/"), cmp.Or(sign(rest), product), true
		}
		start += len(seg) + 1
	}
	return "", "", false
}

var (
	instagramSign = regexp.MustCompile(`^(?:media/(?:posts|stories|reels|igtv|profile|archived_posts|recently_deleted|other)/|content/(?:posts_\d+|reels|stories|igtv_videos|profile_photos|archived_posts|other_content|recently_deleted_content)\.|personal_information/personal_information/|media\.json$)`)
	facebookSign  = regexp.MustCompile(`^(?:posts/(?:album|media)/|posts/(?:your|profile)_posts|(?:personal_information/)?profile_information/|photos/album/|groups/)`)
)

// sign tells the product by what stands at a path below the root.
func sign(rest string) scanner.Platform {
	switch {
	case instagramSign.MatchString(rest):
		return scanner.Instagram
	case facebookSign.MatchString(rest):
		return scanner.Facebook
	}
	return ""
}

// productOf tells the product of a file outside the activity folders.
func productOf(rest string, have map[scanner.Platform]bool) scanner.Platform {
	if len(have) == 1 {
		for p := range have {
			return p
		}
	}
	first, _, _ := strings.Cut(rest, "/")
	if p := cmp.Or(sign(rest), tops[first]); p != "" {
		return p
	}
	return scanner.Facebook
}

// profileAt reads who the export at a root is about.
func (t *tree) profileAt(h home, product scanner.Platform) profile {
	names := []string{"personal_information/profile_information/profile_information.json", "profile_information/profile_information/profile_information.json",
		"profile_information/profile_information.json"}
	if product == scanner.Instagram {
		names = []string{"personal_information/personal_information/personal_information.json", "account_information/personal_information.json", "profile.json"}
	}
	for _, f := range t.profiles {
		if t.files[f].part != h.part || t.files[f].code != "" {
			continue
		}
		rest, ok := strings.CutPrefix(t.files[f].path, h.root)
		if !ok || !slices.Contains(names, strings.TrimPrefix(rest, "/")) {
			continue
		}
		r, err := t.open(&t.files[f])
		if err != nil {
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(r, maxElement))
		r.Close()
		if p := readProfile(product, raw); err == nil && p.id != "" {
			return p
		}
	}
	return profile{}
}

// archiveName is what Meta calls archives and wrappers: product, account, then date and a random token.
var archiveName = regexp.MustCompile(`^(facebook|instagram)-(.+?)(?:-\d{1,4}-\d{1,2}-\d{1,4}|-\d{8})?(?:-([0-9A-Za-z]{6,12}))?$`)

// groupHomes decides which roots belong to one account: those of one product that do not name different people.
func (t *tree) groupHomes(anchored map[home]map[scanner.Platform]bool) map[home]map[scanner.Platform]int32 {
	type claim struct {
		home    home
		product scanner.Platform
		who     profile // what the profile file says; zero without one
		label   string  // user in the archive's or wrapper's name
	}
	var claims []claim
	homes := make([]home, 0, len(anchored))
	for h := range anchored {
		homes = append(homes, h)
	}
	slices.SortFunc(homes, func(a, b home) int { return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.root, b.root)) })
	for _, h := range homes {
		have := anchored[h]
		if len(have) == 0 {
			continue
		}
		for _, product := range []scanner.Platform{scanner.Facebook, scanner.Instagram} {
			if !have[product] {
				continue
			}
			c := claim{home: h, product: product, who: t.profileAt(h, product)}
			for _, name := range []string{path.Base(h.root), strings.TrimSuffix(t.parts[h.part].name, path.Ext(t.parts[h.part].name))} {
				if m := archiveName.FindStringSubmatch(name); m != nil {
					c.label = m[2]
					break
				}
			}
			claims = append(claims, c)
		}
	}
	out := make(map[home]map[scanner.Platform]int32)
	assign := func(c claim, a int) {
		if out[c.home] == nil {
			out[c.home] = make(map[scanner.Platform]int32)
		}
		out[c.home][c.product] = int32(a)
	}
	labels := make([]map[string]bool, 0, len(claims))
	place := func(c claim, match func(a int) bool) bool {
		for a := range t.accounts {
			if t.accounts[a].platform == c.product && match(a) {
				assign(c, a)
				if c.label != "" {
					labels[a][c.label] = true
				}
				return true
			}
		}
		return false
	}
	start := func(c claim) {
		t.accounts = append(t.accounts, &account{platform: c.product, id: c.who.id, name: c.who.name, category: c.who.category})
		labels = append(labels, map[string]bool{})
		if c.label != "" {
			labels[len(labels)-1][c.label] = true
		}
		assign(c, len(t.accounts)-1)
	}
	// Roots that say who they are come first; the others follow them.
	for _, c := range claims {
		if c.who.id != "" && !place(c, func(a int) bool { return t.accounts[a].id == c.who.id }) {
			start(c)
		}
	}
	named := len(t.accounts)
	for _, c := range claims {
		if c.who.id != "" {
			continue
		}
		same := func(a int) bool { return c.label != "" && labels[a][c.label] }
		unlabelled := func(a int) bool { return c.label == "" || len(labels[a]) == 0 }
		only := func(a int) bool {
			return a < named && !slices.ContainsFunc(t.accounts[:named], func(o *account) bool { return o != t.accounts[a] && o.platform == c.product })
		}
		if !place(c, same) && !place(c, only) && !place(c, unlabelled) {
			start(c)
		}
	}
	for i, a := range t.accounts {
		if a.name == "" {
			for label := range labels[i] {
				if strings.Trim(label, "0123456789") != "" && (a.name == "" || label < a.name) {
					a.name = label
				}
			}
		}
	}
	t.sortAccounts(out)
	return out
}

// sortAccounts puts accounts in an order that does not depend on the order of parts.
func (t *tree) sortAccounts(out map[home]map[scanner.Platform]int32) {
	order := make([]int, len(t.accounts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := t.accounts[a], t.accounts[b]
		return cmp.Or(cmp.Compare(x.platform, y.platform), cmp.Compare(x.name, y.name))
	})
	moved := make([]int32, len(order))
	sorted := make([]*account, len(order))
	for to, from := range order {
		moved[from], sorted[to] = int32(to), t.accounts[from]
	}
	t.accounts = sorted
	for _, m := range out {
		for p, a := range m {
			m[p] = moved[a]
		}
	}
	for i, a := range t.accounts {
		if slices.ContainsFunc(t.accounts, func(o *account) bool { return o != a && o.platform == a.platform }) {
			a.prefix = cmp.Or(strings.ReplaceAll(a.name, "/", "_"), fmt.Sprintf("%s %d", a.platform, i+1)) + "/"
		}
	}
}

// overlay brings files into order, gives each a name of its own, and finds what lies there twice.
func (t *tree) overlay() {
	slices.SortStableFunc(t.files, func(a, b file) int {
		return cmp.Or(cmp.Compare(a.acct, b.acct), cmp.Compare(a.path, b.path), cmp.Compare(b.size, a.size), cmp.Compare(a.sum, b.sum))
	})
	kept := t.files[:0]
	variant := 1
	for i := range t.files {
		f := t.files[i]
		if n := len(kept); n > 0 && !f.outside && kept[n-1].acct == f.acct && kept[n-1].path == f.path {
			if t.sameBytes(&kept[n-1], &f) {
				t.doubles = append(t.doubles, double{kept[n-1].name, t.parts[f.part].name})
				continue
			}
			variant++
			f.name = fmt.Sprintf("%s (%d)", f.path, variant)
		} else {
			variant = 1
		}
		if f.acct >= 0 && !f.outside {
			f.name = t.accounts[f.acct].prefix + f.name
		}
		kept = append(kept, f)
	}
	clear(t.files[len(kept):])
	t.files = kept
	t.byName = make([]int32, len(t.files))
	for i := range t.files {
		t.byName[i] = int32(i)
	}
	slices.SortStableFunc(t.byName, func(a, b int32) int { return cmp.Compare(t.files[a].name, t.files[b].name) })
	// Two products may have a file of one name, such as the start page; and a hostile archive may spell our "(2)".
	for i := 1; i < len(t.byName); i++ {
		f, before := &t.files[t.byName[i]], &t.files[t.byName[i-1]]
		if f.name == before.name || strings.HasPrefix(before.name, f.name+" [") {
			f.name = fmt.Sprintf("%s [%d]", f.name, i)
		}
	}
	slices.SortStableFunc(t.byName, func(a, b int32) int { return cmp.Compare(t.files[a].name, t.files[b].name) })
	for i := range t.files {
		if a := t.files[i].acct; a >= 0 && !t.files[i].outside {
			t.accounts[a].byPath = append(t.accounts[a].byPath, int32(i))
		}
	}
}

// sameBytes compares two entries of one path: by checksum in archives, by their bytes where a folder is involved.
func (t *tree) sameBytes(a, b *file) bool {
	if a.size != b.size || a.code != b.code {
		return false
	}
	sum := func(f *file) (uint64, bool) {
		if t.parts[f.part].root == nil {
			return f.sum, true
		}
		r, err := t.open(f)
		if err != nil {
			return 0, false
		}
		defer r.Close()
		h := crc32.NewIEEE()
		if _, err := io.Copy(h, io.LimitReader(r, f.size+1)); err != nil {
			return 0, false
		}
		return uint64(h.Sum32()), true
	}
	x, ok := sum(a)
	y, ok2 := sum(b)
	return ok && ok2 && x == y
}

// id is the digest over the list of files: the same for the same parts under other names and in other order.
func (t *tree) id() string {
	list := listDigest{sha256.New()}
	for i := range t.files {
		list.add(t.files[i].path, t.files[i].size, t.files[i].sum)
	}
	return "export:" + list.String()
}

// listDigest is the digest of a list of files: their names, sizes and checksums.
type listDigest struct{ h hash.Hash }

func (d *listDigest) add(name string, size int64, sum uint64) {
	var n [16]byte
	binary.LittleEndian.PutUint64(n[:8], uint64(size))
	binary.LittleEndian.PutUint64(n[8:], sum)
	io.WriteString(d.h, name)
	d.h.Write(n[:])
}

func (d *listDigest) String() string { return hex.EncodeToString(d.h.Sum(nil)[:8]) }

// open returns a file's bytes.
func (t *tree) open(f *file) (io.ReadCloser, error) {
	switch f.code {
	case "":
	case scanner.CodeUnreadable:
		return nil, fmt.Errorf("open %q: %s: %w", f.name, f.detail, scanner.ErrUnsupported)
	default:
		return nil, fmt.Errorf("open %q: %s: %w", f.name, f.code, scanner.ErrCorrupt)
	}
	p := t.parts[f.part]
	var r io.ReadCloser
	var err error
	switch {
	case p.root != nil:
		r, err = p.root.Open(f.local)
		if errors.Is(err, fs.ErrNotExist) {
			err = scanner.ErrMissing
		}
		if err != nil {
			return nil, fmt.Errorf("open %q: %w", f.name, err)
		}
		return r, nil
	case p.walked != nil:
		r, err = p.walked[f.index].open(p.raw)
	default:
		r, err = p.zip.File[f.index].Open()
	}
	if err != nil {
		return nil, fmt.Errorf("open %q: %w: %w", f.name, scanner.ErrCorrupt, err)
	}
	return &memberReader{r, f.name}, nil
}

// memberReader says of a broken member that it is corrupt, in the terms of scanner.Source.
type memberReader struct {
	io.ReadCloser
	name string
}

func (m *memberReader) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read %q: %w: %w", m.name, scanner.ErrCorrupt, err)
	}
	return n, err
}

// list opens a list file within the limits for lists.
func (t *tree) openList(f *file) (io.ReadCloser, error) {
	packed := f.size
	if p := t.parts[f.part]; p.zip != nil {
		packed = int64(min(p.zip.File[f.index].CompressedSize64, 1<<62))
	}
	if f.size > maxListBytes || f.size > freeRatio && f.size/max(packed, 1) > maxListRatio {
		return nil, fmt.Errorf("open %q: %w: %d bytes unpacked from %d", f.name, scanner.ErrTooLarge, f.size, packed)
	}
	r, err := t.open(f)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, maxListBytes), r}, nil
}

// byRef finds a file by its name.
func (t *tree) byRef(ref string) *file {
	i, ok := slices.BinarySearchFunc(t.byName, ref, func(i int32, name string) int { return cmp.Compare(t.files[i].name, name) })
	if !ok {
		return nil
	}
	return &t.files[t.byName[i]]
}

// at finds the files of an account at one path.
func (t *tree) at(a *account, p string) *file {
	i, ok := slices.BinarySearchFunc(a.byPath, p, func(i int32, p string) int { return cmp.Compare(t.files[i].path, p) })
	if !ok {
		return nil
	}
	return &t.files[a.byPath[i]]
}

// found is what became of an address in a list.
type found int

const (
	there found = iota
	absent
	remote
	ambiguous
	outside // a name that leaves the archive
)

// resolve finds the file that an address in a list means: at the place that it names, or with another prefix, at last
// by its base name, where only one file has it.
func (t *tree) resolve(a *account, uri string) (*file, found) {
	uri = strings.TrimSpace(uri)
	if uri == "" {
		return nil, absent
	}
	if i := strings.Index(uri, "://"); i > 0 && i < 10 || strings.HasPrefix(uri, "//") {
		return nil, remote
	}
	if f, ok := t.find(a, uri); ok != absent {
		return f, ok
	}
	if plain := withoutQuery(uri); plain != uri {
		uri = plain
		if f, ok := t.find(a, uri); ok != absent {
			return f, ok
		}
	}
	if strings.Contains(uri, "%") {
		if plain, err := url.PathUnescape(uri); err == nil {
			return t.find(a, plain)
		}
	}
	return nil, absent
}

// withoutQuery is an address up to its "?" or "#".
func withoutQuery(uri string) string {
	if i := strings.IndexAny(uri, "?#"); i > 0 {
		return uri[:i]
	}
	return uri
}

func (t *tree) find(a *account, uri string) (*file, found) {
	name, ok := cleanName(uri)
	if !ok {
		return nil, outside
	}
	_, rest, _ := belowActivity(name)
	if f := t.at(a, rest); f != nil {
		return f, there
	}
	for _, mark := range []string{"posts/media/", "media/"} {
		if i := strings.Index(rest, mark); i > 0 && rest[i-1] == '/' {
			if f := t.at(a, rest[i:]); f != nil {
				return f, there
			}
		}
	}
	for tail := rest; ; {
		_, after, ok := strings.Cut(tail, "/")
		if !ok {
			break
		}
		tail = after
		if strings.Contains(tail, "/") {
			if f := t.at(a, tail); f != nil {
				return f, there
			}
		}
	}
	return t.findBase(a, rest)
}

// maxCandidates is how many files of one base name are compared; exports repeat a name a few times. Of more than that
// nobody can tell which one is meant.
const maxCandidates = 1000

// findBase looks for the file that shares most of the end of the path; several equally good ones are ambiguous.
func (t *tree) findBase(a *account, p string) (*file, found) {
	if !a.based {
		a.based = true
		for _, i := range a.byPath {
			if f := &t.files[i]; contentFolder(f.path) {
				a.byBase = append(a.byBase, i)
			}
		}
		slices.SortStableFunc(a.byBase, func(x, y int32) int {
			return cmp.Compare(path.Base(t.files[x].path), path.Base(t.files[y].path))
		})
	}
	base := path.Base(p)
	i, _ := slices.BinarySearchFunc(a.byBase, base, func(i int32, base string) int { return cmp.Compare(path.Base(t.files[i].path), base) })
	var best *file
	bestShared, equal := 0, false
	for first := i; i < len(a.byBase); i++ {
		f := &t.files[a.byBase[i]]
		if path.Base(f.path) != base {
			break
		}
		if i-first == maxCandidates {
			return nil, ambiguous
		}
		switch n := sharedEnd(f.path, p); {
		case n > bestShared:
			best, bestShared, equal = f, n, false
		case n == bestShared:
			equal = true
		}
	}
	switch {
	case best == nil:
		return nil, absent
	case equal:
		return nil, ambiguous
	}
	return best, there
}

// sharedEnd counts the last segments that two paths have in common.
func sharedEnd(a, b string) int {
	n := 0
	for {
		i, j := strings.LastIndexByte(a, '/'), strings.LastIndexByte(b, '/')
		if a[i+1:] != b[j+1:] {
			return n
		}
		n++
		if i < 0 || j < 0 {
			return n
		}
		a, b = a[:i], b[:j]
	}
}

package metaexport

import (
	"cmp"
	"path"
	"regexp"
	"strconv"
	"strings"

	"pagerisk/scanner"
)

// form is the shape of a list's elements.
type form int

const (
	timeline  form = iota // Facebook records with attachments; also groups, reels, stories
	photoList             // Facebook media objects
	album                 // one Facebook album
	labelled              // label_values records
	posts                 // Instagram {media, title, creation_timestamp}
	mediaList             // Instagram media objects
	media2020             // Instagram's media.json
	detailed              // Instagram's posts.json of 2026
	personal              // Instagram's account data, for its profile photo
)

// list says what a list file holds. The zero state means published.
type list struct {
	form  form
	kind  scanner.Kind
	state scanner.State
	// rank as in scanner.Origin: 0 for publications' own records, more for lists that only show media again.
	rank int
	note string // narrower than the state, in English; "" for none
	// early: a document of the time before 2018, see readEarly.
	early bool
}

// known is one row of the table of lists. folder and name are matched against the end of a file's path below the
// activity folder, without extension, in lower case; the folder keeps other people's lists of the same name away
// (saved posts, likes, insights).
type known struct {
	path *regexp.Regexp
	list list
}

func row(pattern string, l list) known {
	if l.state == "" {
		l.state = scanner.Published
	}
	return known{regexp.MustCompile(`^(?:` + pattern + `)$`), l}
}

const limited = "was public for a limited time"

// Order matters twice: the first row that fits counts, and lists are read in the order of rank, then of rows.
var facebookLists = []known{
	row(`posts/(?:profile_posts|your_posts(?:__check_ins__photos_and_videos)?)(?:_\d+)?`, list{form: timeline, kind: scanner.Post}),
	row(`groups/(?:posts_in_groups|group_posts_and_comments|your_posts_in_groups|your_posts_and_comments_in_groups)(?:_\d+)?`,
		list{form: timeline, kind: scanner.Post, state: scanner.Group}),
	row(`groups/your_pending[a-z_]*?(?:_\d+)?`, list{form: timeline, kind: scanner.Post, state: scanner.Draft}),
	row(`posts/(?:your_)?(?:drafts|scheduled_posts|pending_posts)(?:_\d+)?`, list{form: timeline, kind: scanner.Post, state: scanner.Draft}),
	row(`posts/posts_on_other_pages_and_profiles`, list{form: labelled, kind: scanner.Post, state: scanner.StateUnknown, note: "on a page of somebody else"}),
	row(`posts/other_people.?s_posts_to_your_timeline`, list{form: timeline, kind: scanner.Post, state: scanner.StateUnknown, note: "written by a visitor"}),
	row(`(?:reels|short_videos)/[a-z_]*reels[a-z_]*(?:_\d+)?|short_videos/(?:short_)?videos(?:_\d+)?`, list{form: timeline, kind: scanner.Reel, rank: 1}),
	row(`stories/(?:your_)?(?:archived_)?stories(?:_\d+)?`, list{form: timeline, kind: scanner.Story, rank: 2, note: limited}),
	row(`(?:posts|photos_and_videos|videos)/(?:your_)?videos(?:_\d+)?`, list{form: photoList, kind: scanner.Video, rank: 3}),
	row(`(?:posts|photos_and_videos|photos)/album/\d+`, list{form: album, kind: scanner.AlbumPhoto, rank: 4}),
	row(`(?:posts|photos_and_videos|photos)/(?:your_)?uncategorized_photos(?:_\d+)?|photos/(?:your_)?photos`,
		list{form: photoList, kind: scanner.AlbumPhoto, rank: 6}),
	row(`html/timeline`, list{form: timeline, kind: scanner.Post, early: true}),
	row(`html/videos|videos/index`, list{form: photoList, kind: scanner.Video, rank: 3, early: true}),
	row(`photos/[\d_]+/index`, list{form: album, kind: scanner.AlbumPhoto, rank: 4, early: true}),
	row(`posts/archive`, list{form: labelled, kind: scanner.Post, state: scanner.Archived, rank: 7}),
	row(`posts/trash`, list{form: labelled, kind: scanner.Post, state: scanner.Deleted, rank: 8}),
}

var instagramLists = []known{
	row(`(?:content|media)/posts_\d+`, list{form: posts, kind: scanner.Post}),
	row(`(?:content|media)/posts`, list{form: detailed, kind: scanner.Post, rank: 1}),
	row(`(?:content|media)/archived_posts(?:_\d+)?`, list{form: posts, kind: scanner.Post, state: scanner.Archived, rank: 7}),
	row(`(?:content|media)/recently_deleted_content(?:_\d+)?`, list{form: posts, kind: scanner.Post, state: scanner.Deleted, rank: 8}),
	row(`(?:content|media)/reels(?:_\d+)?`, list{form: posts, kind: scanner.Reel, rank: 1}),
	row(`(?:content|media)/igtv_videos(?:_\d+)?`, list{form: posts, kind: scanner.Video, rank: 2}),
	row(`(?:content|media)/stories(?:_\d+)?`, list{form: mediaList, kind: scanner.Story, rank: 2, note: limited}),
	row(`(?:content|media)/profile_photos(?:_\d+)?`, list{form: mediaList, kind: scanner.ProfilePhoto, rank: 5}),
	row(`(?:content|media)/other_content(?:_\d+)?`, list{form: posts, kind: scanner.Post, rank: 6, note: "place of publication unknown"}),
	row(`threads/threads_and_replies(?:_\d+)?`, list{form: posts, kind: scanner.Post, state: scanner.StateUnknown, rank: 6, note: "on Threads"}),
	row(`media`, list{form: media2020, kind: scanner.Post}),
	row(`(?:personal_information/personal_information|account_information)/personal_information`, list{form: personal, kind: scanner.ProfilePhoto, rank: 9}),
}

// listOf finds what the file at path (below the activity folder, see tree) holds; false where it is no list of content.
func listOf(p scanner.Platform, name string) (list, int, bool) {
	stem := strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))
	table := facebookLists
	if p == scanner.Instagram {
		table = instagramLists
	}
	for i, k := range table {
		if k.path.MatchString(stem) {
			return k.list, i, true
		}
	}
	return list{}, 0, false
}

var trailingNumber = regexp.MustCompile(`(\d+)\.[a-z]+$`)

// byNumber orders the parts of a list as Meta counts them: _2 before _10.
func byNumber(a, b string) int {
	na, nb := trailingNumber.FindStringSubmatch(a), trailingNumber.FindStringSubmatch(b)
	if na != nil && nb != nil {
		x, _ := strconv.Atoi(na[1])
		y, _ := strconv.Atoi(nb[1])
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(a, b)
}

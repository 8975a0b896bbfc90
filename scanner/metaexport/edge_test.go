package metaexport_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pagerisk/fixtures"
)

const pageRoot = "this_profile's_activity_across_facebook/"

// page is a Facebook page's export with these files below its activity folder.
func page(files map[string]string) fixtures.Tree { return below(pageRoot, files) }

// insta is an Instagram export with these lists, and files at its root.
func insta(lists map[string]string, files fixtures.Tree) fixtures.Tree {
	return below("your_instagram_activity/", lists).With(files)
}

func below(root string, files map[string]string) fixtures.Tree {
	tree := fixtures.Tree{}
	for path, data := range files {
		tree[root+path] = []byte(data)
	}
	return tree
}

const jpeg = "\xff\xd8\xff\xe0 picture"

// medium is a media object as timelines and albums have it.
func medium(file string, extra ...string) string {
	return fmt.Sprintf(`{"uri":"this_profile's_activity_across_facebook/posts/media/A_1/%s","creation_timestamp":1700000000%s}`, file, strings.Join(append([]string{""}, extra...), ","))
}

func attached(media ...string) string {
	for i, m := range media {
		media[i] = `{"media":` + m + `}`
	}
	return `"attachments":[{"data":[` + strings.Join(media, ",") + `]}]`
}

// TestEdgeCases has a case for every row of the list of edge cases that real exports taught.
func TestEdgeCases(t *testing.T) {
	posts := "posts/profile_posts_1.json"
	for _, test := range []struct {
		name  string
		trees []fixtures.Tree
		items []string
		notes []string
	}{{
		name:  "one bare object where a list is expected",
		trees: []fixtures.Tree{page(map[string]string{posts: `{"timestamp":1700000000,"data":[{"post":"Allein"}]}`})},
		items: []string{`post published "Allein" [] posts/profile_posts_1.json[0]`},
	}, {
		name:  "one bare object where a wrapper should hold a list",
		trees: []fixtures.Tree{page(map[string]string{"groups/posts_in_groups.json": `{"group_posts_v2":{"timestamp":1700000000,"data":[{"post":"Allein"}]}}`})},
		items: []string{`post group "Allein" [] groups/posts_in_groups.json[0]`},
	}, {
		name:  "Instagram: one bare post",
		trees: []fixtures.Tree{insta(map[string]string{"media/posts_1.json": `{"media":[{"uri":"media/posts/202311/17999000000000001.jpg","creation_timestamp":1700000000,"title":"Eins"}]}`}, nil)},
		items: []string{`post published "Eins" [17999000000000001.jpg missing] media/posts_1.json[0]`},
	}, {
		name:  "wrapped list of 2018",
		trees: []fixtures.Tree{page(map[string]string{posts: `{"status_updates":[{"timestamp":1700000000,"data":[{"post":"Alt"}]}]}`})},
		items: []string{`post published "Alt" [] posts/profile_posts_1.json[0]`},
	}, {
		name:  "wrapped twice",
		trees: []fixtures.Tree{page(map[string]string{"groups/posts_in_groups.json": `{"group_posts":{"activity_log_data":[{"timestamp":1700000000,"data":[{"post":"Gruppe"}]}]}}`})},
		items: []string{`post group "Gruppe" [] groups/posts_in_groups.json[0]`},
	}, {
		name:  "[object Object]",
		trees: []fixtures.Tree{page(map[string]string{"stories/archived_stories.json": "[object Object]", posts: `[{"timestamp":1700000000,"data":[{"post":"Ganz"}]}]`})},
		items: []string{`post published "Ganz" [] posts/profile_posts_1.json[0]`},
		notes: []string{"corrupt stories/archived_stories.json", "state stories/archived_stories.json"},
	}, {
		name:  "truncated list",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,"data":[{"post":"Ganz"}]},{"timestamp":17000`})},
		items: []string{`post published "Ganz" [] posts/profile_posts_1.json[0]`},
		notes: []string{"corrupt posts/profile_posts_1.json"},
	}, {
		name:  "no-data.txt, an empty list, an empty wrapper",
		trees: []fixtures.Tree{page(map[string]string{"stories/no-data.txt": "x", posts: `[]`, "posts/videos.json": `{"videos_v2":[]}`, "posts/uncategorized_photos.json": `{}`})},
		notes: []string{"not_content stories/no-data.txt"},
	}, {
		name: "no timeline, but albums, videos and media",
		trees: []fixtures.Tree{page(map[string]string{"posts/album/0.json": `{"name":"Team","photos":[` + medium("411200000000001.jpg", `"title":"Team","description":"Im Büro"`) + `]}`,
			"posts/videos.json": `{"videos_v2":[` + medium("411300000000001.mp4", `"title":"Rundgang"`, `"media_metadata":{"video_metadata":{}}`) + `]}`, "posts/media/A_1/411200000000001.jpg": jpeg})},
		items: []string{`album_photo published "Im Büro" [411200000000001.jpg ok] posts/album/0.json[0] album="Team"`, `video published "Rundgang" [411300000000001.mp4 (video) missing] posts/videos.json[0]`},
	}, {
		name:  "referenced, but absent",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,` + attached(medium("411200000000001.jpg")) + `}]`})},
		items: []string{`post published "" [411200000000001.jpg missing] posts/profile_posts_1.json[0]`},
	}, {
		name: "referenced, in a later part",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,` + attached(medium("411200000000001.jpg")) + `}]`}),
			page(map[string]string{"posts/media/A_1/411200000000001.jpg": jpeg})},
		items: []string{`post published "" [411200000000001.jpg ok] posts/profile_posts_1.json[0]`},
	}, {
		name:  "attachment without content: the video was lost",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,"title":"X hat ein Video hinzugefügt.","attachments":[{"data":[]}],"data":[]}]`})},
		items: []string{`post published "" [] posts/profile_posts_1.json[0]`},
		notes: []string{"state posts/profile_posts_1.json[0]"},
	}, {
		name:  "empty attachment and {} beside content",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,"attachments":[{"data":[]}],"data":[{"post":"Da"},{},{}]}]`})},
		items: []string{`post published "Da" [] posts/profile_posts_1.json[0]`},
	}, {
		name:  "title only: no publication",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,"title":"X empfiehlt Y."},{"timestamp":1700000001,"title":"Z","data":[{"update_timestamp":1700000001}],"attachments":[]}]`})},
		notes: []string{"empty posts/profile_posts_1.json[0]", "empty posts/profile_posts_1.json[1]"},
	}, {
		name: "share shells with twin by time, with twin by edit, without twin",
		trees: []fixtures.Tree{page(map[string]string{posts: `[
  {"timestamp":1700000000,"title":"Link geteilt","data":[{"update_timestamp":1700000000}],"attachments":[{"data":[{"external_context":{"url":"https://example.org/a"}}]}]},
  {"timestamp":1700000900,"title":"Link geteilt","data":[]},
  {"timestamp":1700005000,"title":"Link geteilt","attachments":[{"data":[{"external_context":{"url":"https://example.org/c","name":"C"}}]}]},
  {"timestamp":1700005000,"title":"Profil geteilt","attachments":[{"data":[{"external_context":{"name":"Bäckerei Nord"}}]}]},
  {"timestamp":1700000000,"data":[{"post":"Lesenswert"}]},
  {"timestamp":1700000700,"data":[{"post":"Bearbeitet"},{"update_timestamp":1700000900}]}]`})},
		items: []string{`post published "Lesenswert" [] posts/profile_posts_1.json[4] link="https://example.org/a"`, `post published "Bearbeitet" [] posts/profile_posts_1.json[5]`,
			`post published "" [] posts/profile_posts_1.json[2] link="https://example.org/c"`, `post published "Bäckerei Nord" [] posts/profile_posts_1.json[3]`},
		notes: []string{"share_shell posts/profile_posts_1.json[0]", "share_shell posts/profile_posts_1.json[1]"},
	}, {
		name: "ten shells of one second",
		trees: []fixtures.Tree{page(map[string]string{posts: "[" + strings.TrimSuffix(strings.Repeat(
			`{"timestamp":1700000000,"title":"Profil geteilt","attachments":[{"data":[{"external_context":{"url":"https://example.org/p"}}]}]},`, 10), ",") + "]"})},
		items: []string{`post published "" [] posts/profile_posts_1.json[0] link="https://example.org/p"`},
		notes: strings.Split(strings.TrimSuffix(func() (s string) {
			for i := 1; i < 10; i++ {
				s += fmt.Sprintf("duplicate posts/profile_posts_1.json[%d]\n", i)
			}
			return s
		}(), "\n"), "\n"),
	}, {
		name: "the same photo in post, album and cover, twice in the post",
		trees: []fixtures.Tree{page(map[string]string{
			posts:                `[{"timestamp":1700000010,"data":[{"post":"Team"}],` + attached(medium("411200000000001.jpg"), medium("411200000000001.jpg")) + `}]`,
			"posts/album/0.json": `{"name":"Team","photos":[` + medium("411200000000001.jpg") + `],"cover_photo":` + medium("411200000000001.jpg") + `}`})},
		items: []string{`post published "Team" [411200000000001.jpg missing] posts/profile_posts_1.json[0] posts/album/0.json[0] album="Team"`},
	}, {
		name:  "cover that is not among the photos",
		trees: []fixtures.Tree{page(map[string]string{"posts/album/0.json": `{"name":"Team","photos":[` + medium("411200000000001.jpg") + `],"cover_photo":` + medium("411200000000002.jpg") + `}`})},
		items: []string{`album_photo published "" [411200000000001.jpg missing] posts/album/0.json[0] album="Team"`, `album_photo published "" [411200000000002.jpg missing] posts/album/0.json.cover_photo album="Team"`},
	}, {
		name: "photo in trash and album; post with one of two photos in the trash",
		trees: []fixtures.Tree{page(map[string]string{
			posts:                `[{"timestamp":1700000010,"data":[{"post":"Zwei"}],` + attached(medium("411200000000001.jpg"), medium("411200000000002.jpg")) + `}]`,
			"posts/album/0.json": `{"name":"Team","photos":[` + medium("411200000000003.jpg") + `]}`,
			"posts/trash.json": `{"timestamp":1700000500,"label_values":[{"title":"Fotos","dict":[{"dict":[{"label":"Medien","media":[` +
				medium("411200000000002.jpg") + `,` + medium("411200000000003.jpg") + `]}]}]}]}`})},
		items: []string{`album_photo deleted "" [411200000000003.jpg missing] posts/album/0.json[0] posts/trash.json[0].media[1] album="Team"`,
			`post published "Zwei" [411200000000001.jpg missing, 411200000000002.jpg missing] posts/profile_posts_1.json[0] posts/trash.json[0].media[0]`},
	}, {
		name: "post in the trash, as the timeline still has it",
		trees: []fixtures.Tree{page(map[string]string{
			posts:              `[{"timestamp":1700000010,"data":[{"post":"Weg"}],` + attached(medium("411200000000001.jpg"), medium("411200000000002.jpg")) + `}]`,
			"posts/trash.json": `{"trash_v2":[{"timestamp":1700000010,"data":[{"post":"Weg"}],` + attached(medium("411200000000001.jpg"), medium("411200000000002.jpg")) + `}]}`})},
		items: []string{`post deleted "Weg" [411200000000001.jpg missing, 411200000000002.jpg missing] posts/profile_posts_1.json[0] posts/trash.json[0]`},
	}, {
		name: "uncategorized photo of a group post",
		trees: []fixtures.Tree{page(map[string]string{
			"posts/uncategorized_photos.json": `{"other_photos_v2":[` + medium("411200000000001.jpg") + `,` + medium("411200000000002.jpg") + `]}`,
			"groups/posts_in_groups.json":     `{"group_posts_v2":[{"timestamp":1700000010,"data":[{"post":"Gruppe"}],` + attached(medium("411200000000001.jpg"), medium("411200000000001.jpg")) + `}]}`})},
		items: []string{`album_photo published "" [411200000000002.jpg missing] posts/uncategorized_photos.json[1]`,
			`post group "Gruppe" [411200000000001.jpg missing] groups/posts_in_groups.json[0] posts/uncategorized_photos.json[0]`},
	}, {
		name: "a group post that the timeline has too, and a picture that both show at different times",
		trees: []fixtures.Tree{page(map[string]string{
			posts: `[{"timestamp":1700000010,"data":[{"post":"Gruppe"}],` + attached(medium("411200000000001.jpg")) + `},{"timestamp":1700009999,"data":[{"post":"Auch hier"}],` + attached(medium("411200000000002.jpg")) + `}]`,
			"groups/posts_in_groups.json": `{"group_posts_v2":[{"timestamp":1700000010,"data":[{"post":"Gruppe"}],` + attached(medium("411200000000001.jpg")) +
				`},{"timestamp":1700005555,"data":[{"post":"Zuerst dort"}],` + attached(medium("411200000000002.jpg")) + `}]}`})},
		items: []string{`post group "Gruppe" [411200000000001.jpg missing] groups/posts_in_groups.json[0] posts/profile_posts_1.json[0]`,
			`post group "Zuerst dort" [411200000000002.jpg missing] groups/posts_in_groups.json[1]`, `post published "Auch hier" [411200000000002.jpg missing] posts/profile_posts_1.json[1]`},
	}, {
		name: "placeholder of an empty album",
		trees: []fixtures.Tree{page(map[string]string{"posts/album/0.json": `{"name":"Leer","photos":[],"cover_photo":{"uri":"this_profile's_activity_across_facebook/posts/media/your_posts/emptyalbum_1.png"}}`,
			"posts/media/your_posts/emptyalbum_1.png": "x"})},
		notes: []string{"placeholder posts/album/0.json.cover_photo", "placeholder posts/media/your_posts/emptyalbum_1.png"},
	}, {
		name: "times: media far from the post, zeros, negative, milliseconds, backdated, none",
		trees: []fixtures.Tree{page(map[string]string{posts: `[
  {"timestamp":1600000000,"data":[{"post":"fern"}],"attachments":[{"data":[{"media":{"uri":"posts/media/A_1/411200000000001.jpg","creation_timestamp":1700000000,"media_metadata":{"photo_metadata":{"exif_data":[{"taken_timestamp":-62169958800}]}}}}]}]},
  {"timestamp":1600000001000,"data":[{"post":"tausendstel"}]},
  {"timestamp":1700000000,"data":[{"post":"rückdatiert"},{"backdated_timestamp":1500000000}]},
  {"timestamp":0,"data":[{"post":"null"}]},
  {"data":[{"post":"ohne"}]}]`})},
		items: []string{`post published "rückdatiert" [] posts/profile_posts_1.json[2]`, `post published "fern" [411200000000001.jpg missing] posts/profile_posts_1.json[0]`,
			`post published "tausendstel" [] posts/profile_posts_1.json[1]`, `post published "ohne" [] posts/profile_posts_1.json[4]`, `post published "null" [] posts/profile_posts_1.json[3]`},
	}, {
		name: "link with an empty address and with Meta's placeholder",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,"data":[{"post":"a"}],"attachments":[{"data":[{"external_context":{"url":"http://0.0.0.0/","name":"N"}}]}]},
  {"timestamp":1700000001,"attachments":[{"data":[{"external_context":{"url":""}}]}]}]`})},
		items: []string{`post published "a" [] posts/profile_posts_1.json[0]`},
		notes: []string{"empty posts/profile_posts_1.json[1]"},
	}, {
		name: "note, life event and sale item with media one level deeper; a thumbnail is no picture",
		trees: []fixtures.Tree{page(map[string]string{posts: `[
  {"timestamp":1700000001,"attachments":[{"data":[{"note":{"title":"Titel","text":"Lang","media":[` + medium("411200000000001.jpg") + `],"tags":[{"name":"Ada"}]}}]}]},
  {"timestamp":1700000002,"attachments":[{"data":[{"life_event":{"title":"Jubiläum","start_date":{"year":1999},"photos":[` + medium("411200000000002.jpg") + `]}}]}]},
  {"timestamp":1700000003,"attachments":[{"data":[{"for_sale_item":{"title":"Stuhl","photos":[` + medium("411200000000003.jpg", `"thumbnail":{"uri":"https://scontent.example/t.jpg"}`) + `]}}]}]}]`})},
		items: []string{"post published \"Titel\\n\\nLang\" [411200000000001.jpg missing] posts/profile_posts_1.json[0] tags=\"Ada\"",
			`post published "Jubiläum" [411200000000002.jpg missing] posts/profile_posts_1.json[1]`, `post published "Stuhl" [411200000000003.jpg missing] posts/profile_posts_1.json[2]`},
	}, {
		name: "event, poll, place twice, text, mentions, tags of both kinds",
		trees: []fixtures.Tree{page(map[string]string{posts: `[
  {"timestamp":1700000001,"attachments":[{"data":[{"event":{"name":"Fest","start_timestamp":1,"end_timestamp":0,"description":"Mit Musik","place":{"name":"Halle"}}}]}]},
  {"timestamp":1700000002,"attachments":[{"data":[{"poll":{"question":"Rot?","options":[{"option":"Ja","voted":true},{"option":"Nein"}]}}]}]},
  {"timestamp":1700000003,"data":[{"post":"Mit @[100064000000001:274:Anna Gr\u00c3\u00b6\u00c3\u009fner] da"}],"attachments":[{"data":[{"place":{"name":"Ulm"}},{"place":{"name":"Ulm"}}]}],"tags":[{"name":"Anna"},"Bert"]}]`})},
		items: []string{"post published \"Fest\\n\\nMit Musik\" [] posts/profile_posts_1.json[0] place=\"Halle\"", "post published \"Rot?\\n\\nJa\\n\\nNein\" [] posts/profile_posts_1.json[1]",
			`post published "Mit Anna Größner da" [] posts/profile_posts_1.json[2] place="Ulm" tags="Anna,Bert"`},
	}, {
		name: "extensionless video and picture, webp, heic, subtitles",
		trees: []fixtures.Tree{insta(map[string]string{"media/posts_1.json": `[{"media":[{"uri":"media/posts/202311/dash_baseline_1_v1","creation_timestamp":1700000000,"title":"Film","media_metadata":{"video_metadata":{"subtitles":{"uri":"media/posts/202311/dash.srt"}}}}]},
  {"media":[{"uri":"media/other/token_2","creation_timestamp":1700000001},{"uri":"media/posts/202311/a.webp","creation_timestamp":1700000001},{"uri":"media/posts/202311/b.heic","creation_timestamp":1700000001}],"title":"Karussell","creation_timestamp":1700000002}]`},
			fixtures.Tree{"media/posts/202311/dash_baseline_1_v1": []byte("\x00\x00\x00\x18ftypisom...."), "media/posts/202311/dash.srt": []byte("1"), "media/posts/202311/lost.srt": []byte("2"),
				"media/other/token_2": []byte(jpeg), "media/posts/202311/a.webp": []byte("RIFF....WEBPVP8 "), "media/posts/202311/b.heic": []byte("\x00\x00\x00\x18ftypheic....")})},
		items: []string{`post published "Film" [dash_baseline_1_v1 (video) ok] media/posts_1.json[0]`, `post published "Karussell" [token_2 ok, a.webp ok, b.heic ok] media/posts_1.json[1]`},
		notes: []string{"not_content media/posts/202311/lost.srt"},
	}, {
		name: "Instagram: posts.json beside posts_1.json and the insights' posts.json",
		trees: []fixtures.Tree{insta(map[string]string{
			"media/posts_1.json": `[{"media":[{"uri":"media/posts/202311/17999000000000001.jpg","creation_timestamp":1700000000,"title":"Eins"}]},
  {"media":[{"uri":"media/posts/202311/17999000000000002.jpg","creation_timestamp":1700000009},{"uri":"media/posts/202311/17999000000000003.jpg","creation_timestamp":1700000009}],"title":"Zwei","creation_timestamp":1700000010},
  {"media":[{"uri":"media/posts/202311/17999000000000004.jpg","creation_timestamp":1700000020,"title":"Doch nicht"}]}]`,
			"media/posts.json": `[{"fbid":"1","media":[],"label_values":[{"label":"Bildunterschrift","value":"Eins"},{"label":"Erstellungszeit","timestamp_value":1700000000},{"label":"Entwurf","value":"False"},{"label":"Ver\u00c3\u00b6ffentlicht","value":"True"},{"label":"Medien","media":[{"uri":"media/posts/202311/17999000000000001.jpg","creation_timestamp":1700000000}]}]},
  {"fbid":"2","label_values":[{"label":"Bildunterschrift","value":"Zwei"},{"title":"Medien","dict":[{"dict":[{"label":"Medien","media":[{"uri":"media/posts/202311/17999000000000003.jpg","creation_timestamp":1700000009}]}]},{"dict":[{"label":"Medien","media":[{"uri":"media/posts/202311/17999000000000002.jpg","creation_timestamp":1700000009}]}]}]}]},
  {"fbid":"3","label_values":[{"label":"Entwurf","value":"True"},{"label":"Medien","media":[{"uri":"media/posts/202311/17999000000000004.jpg","creation_timestamp":1700000020}]}]},
  {"fbid":"4","label_values":[{"label":"Bildunterschrift","value":"Nur hier"},{"label":"Erstellungszeit","timestamp_value":1700000030},{"label":"\u0421\u043a\u0440\u044b\u0442\u043e","value":"True"},{"label":"Medien","media":[{"uri":"media/posts/202311/17999000000000005.jpg","creation_timestamp":1700000030}]}]}]`,
		}, fixtures.Tree{"logged_information/past_instagram_insights/posts.json": []byte(`{"organic_insights_posts":[{"media_map_data":{"Media Thumbnail":{"uri":"media/posts/202311/17999000000000009.jpg","creation_timestamp":1}}}]}`)})},
		items: []string{`post published "Eins" [17999000000000001.jpg missing] media/posts_1.json[0] media/posts.json[0]`,
			`post published "Zwei" [17999000000000002.jpg missing, 17999000000000003.jpg missing] media/posts_1.json[1] media/posts.json[1]`,
			`post draft "Doch nicht" [17999000000000004.jpg missing] media/posts_1.json[2] media/posts.json[2]`,
			`post published "Nur hier" [17999000000000005.jpg missing] media/posts.json[3]`},
		notes: []string{"private logged_information/past_instagram_insights/posts.json", "resaved media/posts.json", "state media/posts.json[3]"},
	}, {
		name: "Instagram: caption of a single medium, of a carousel, of neither; media/other listed and unlisted",
		trees: []fixtures.Tree{insta(map[string]string{"media/posts_1.json": `[{"media":[{"uri":"media/other/17999000000000001.jpg","creation_timestamp":1700000000,"title":"Einzeln"}]},
  {"media":[{"uri":"media/posts/202311/17999000000000002.jpg","creation_timestamp":1700000003,"title":""},{"uri":"media/posts/202311/17999000000000003.jpg","creation_timestamp":1700000003,"title":""}],"title":"Reihe","creation_timestamp":1700000005},
  {"media":[{"uri":"media/posts/202311/17999000000000004.jpg","creation_timestamp":1700000007,"title":""}]}]`},
			fixtures.Tree{"media/other/17999000000000001.jpg": []byte(jpeg), "media/other/17999000000000009.jpg": []byte(jpeg)})},
		items: []string{`post published "Einzeln" [17999000000000001.jpg ok] media/posts_1.json[0]`, `post published "Reihe" [17999000000000002.jpg missing, 17999000000000003.jpg missing] media/posts_1.json[1]`,
			`post published "" [17999000000000004.jpg missing] media/posts_1.json[2]`, `album_photo unlisted "" [17999000000000009.jpg ok] media/other/17999000000000009.jpg`},
	}, {
		name: "zero-byte media",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000000,` + attached(medium("411200000000001.jpg")) + `}]`,
			"posts/media/A_1/411200000000001.jpg": ""})},
		items: []string{`post published "" [411200000000001.jpg ok] posts/profile_posts_1.json[0]`},
	}, {
		name: "texts: cut in a character, already right, decomposed, emoji only, Chinese only",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000001,"data":[{"post":"Gr\u00c3\u00bc\u00c3\u009fe \u00f0\u009f\u00a4..."}]},
  {"timestamp":1700000002,"data":[{"post":"Caf\u00e9"}]},
  {"timestamp":1700000003,"data":[{"post":"u\u00cc\u0088ber"}]},
  {"timestamp":1700000004,"data":[{"post":"\u00f0\u009f\u008e\u0089"}]},
  {"timestamp":1700000005,"data":[{"post":"\u00e5\u00b7\u00a5\u00e5\u008e\u0082"}]}]`})},
		items: []string{`post published "Grüße ð\u009f¤..." [] posts/profile_posts_1.json[0]`, `post published "Café" [] posts/profile_posts_1.json[1]`,
			`post published "über" [] posts/profile_posts_1.json[2]`, `post published "🎉" [] posts/profile_posts_1.json[3]`, `post published "工厂" [] posts/profile_posts_1.json[4]`},
	}, {
		name: "a file that somebody saved again",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000001,"data":[{"post":"Grüße – schön"}]},
  {"timestamp":1700000002,"data":[{"post":"Ã¼ und ð"}]}]`})},
		items: []string{`post published "Grüße – schön" [] posts/profile_posts_1.json[0]`, `post published "Ã¼ und ð" [] posts/profile_posts_1.json[1]`},
		notes: []string{"resaved posts/profile_posts_1.json"},
	}, {
		name: "files _2 before _10",
		trees: []fixtures.Tree{page(map[string]string{"posts/profile_posts_10.json": `[{"timestamp":1700000003,"data":[{"post":"zehn"}]}]`, "posts/profile_posts_2.json": `[{"timestamp":1700000002,"data":[{"post":"zwei"}]}]`,
			posts: `[{"timestamp":1700000000,"data":[{"post":"gleich"}]},{"timestamp":1700000001,"data":[{"post":"gleich"}]},{"timestamp":1700000001,"data":[{"post":"gleich"}]}]`})},
		items: []string{`post published "gleich" [] posts/profile_posts_1.json[0]`, `post published "gleich" [] posts/profile_posts_1.json[1]`, `post published "zwei" [] posts/profile_posts_2.json[0]`, `post published "zehn" [] posts/profile_posts_10.json[0]`},
		notes: []string{"duplicate posts/profile_posts_1.json[2]"},
	}, {
		name: "addresses: remote, leaving, with query, percent-encoded, backup, by base name, ambiguous",
		trees: []fixtures.Tree{page(map[string]string{posts: `[
  {"timestamp":1700000001,` + attached(`{"uri":"https://scontent.example/v/x.jpg?oh=1","creation_timestamp":1}`) + `},
  {"timestamp":1700000002,` + attached(`{"uri":"../../etc/passwd","creation_timestamp":1}`) + `},
  {"timestamp":1700000003,` + attached(`{"uri":"posts/media/A_1/411200000000003.jpg?size=l","creation_timestamp":1}`) + `},
  {"timestamp":1700000004,` + attached(`{"uri":"posts/media/A_1/ein%20bild.jpg","creation_timestamp":1}`) + `},
  {"timestamp":1700000005,` + attached(`{"uri":"posts/media/B_2/411200000000005.jpg","backup_uri":"posts/media/A_1/411200000000055.jpg","creation_timestamp":1}`) + `},
  {"timestamp":1700000006,` + attached(`{"uri":"anderswo/411200000000006.jpg","creation_timestamp":1}`) + `},
  {"timestamp":1700000007,` + attached(`{"uri":"anderswo/doppelt.jpg","creation_timestamp":1}`) + `}]`,
			"posts/media/A_1/411200000000003.jpg": jpeg, "posts/media/A_1/ein bild.jpg": jpeg, "posts/media/A_1/411200000000055.jpg": jpeg, "posts/media/C_3/411200000000006.jpg": jpeg,
			"posts/media/C_3/doppelt.jpg": jpeg + "1", "posts/media/D_4/doppelt.jpg": jpeg + "2"})},
		items: []string{`post published "" [x.jpg remote] posts/profile_posts_1.json[0]`, `post published "" [passwd missing] posts/profile_posts_1.json[1]`,
			`post published "" [411200000000003.jpg ok] posts/profile_posts_1.json[2]`, `post published "" [ein%20bild.jpg ok] posts/profile_posts_1.json[3]`,
			`post published "" [411200000000005.jpg ok] posts/profile_posts_1.json[4]`, `post published "" [411200000000006.jpg ok] posts/profile_posts_1.json[5]`,
			`post published "" [doppelt.jpg missing] posts/profile_posts_1.json[6]`,
			`album_photo unlisted "" [doppelt.jpg ok] posts/media/D_4/doppelt.jpg`, `album_photo unlisted "" [doppelt.jpg ok] posts/media/C_3/doppelt.jpg`},
		notes: []string{"ambiguous posts/profile_posts_1.json[6]", "refused posts/profile_posts_1.json[1]"},
	}, {
		name: "one number, two extensions: a picture and a video",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000001,` + attached(medium("411200000000001.jpg"), medium("411200000000001.mp4")) + `}]`,
			"posts/media/A_1/411200000000001.jpg": jpeg, "posts/media/A_1/411200000000001.mp4": "\x00\x00\x00\x18ftypisom"})},
		items: []string{`post published "" [411200000000001.jpg ok, 411200000000001.mp4 (video) ok] posts/profile_posts_1.json[0]`},
	}, {
		name: "what is no content, what is private, what nobody knows",
		trees: []fixtures.Tree{page(map[string]string{posts: `[]`, "messages/inbox/a/message_1.json": `{}`, "messages/inbox/a/photos/1.jpg": jpeg, "posts/edits_you_made_to_posts.json": `[]`,
			"posts/media/stickers_used/1.png": "x", "highlights/media/411200000000009.jpg": jpeg, "posts/check-ins.json": `{}`, "posts/my_new_posts.json": `[{"timestamp":1700000001,"data":[{"post":"Neu"}]}]`, "settings/x.json": `{}`}).
			With(fixtures.Tree{"files/logo.png": []byte("x"), "frontend/public/logo.png": []byte("x"), "__MACOSX/._x.jpg": []byte("x"), ".DS_Store": []byte("x"), "ads_information/x.json": []byte("{}")})},
		items: []string{`post unknown "Neu" [] posts/my_new_posts.json[0]`, `album_photo unlisted "" [411200000000009.jpg ok] highlights/media/411200000000009.jpg`},
		notes: []string{"not_content .DS_Store", "not_content __MACOSX/._x.jpg", "not_content files/logo.png", "not_content frontend/public/logo.png", "not_content posts/edits_you_made_to_posts.json", "not_content posts/media/stickers_used/1.png",
			"not_content settings/x.json", "not_published posts/check-ins.json", "private ads_information/x.json", "private messages/inbox/…/message_1.json", "private messages/inbox/…/photos/1.jpg", "state posts/my_new_posts.json"},
	}, {
		name: "reels and stories under names that nobody has seen; Threads",
		trees: []fixtures.Tree{page(map[string]string{"short_videos/profile_reels_2.json": `{"lasso_videos_v2":[{"timestamp":1700000001,` + attached(medium("411300000000001.mp4")) + `}]}`,
			"reels/clips.json": `[{"timestamp":1700000002,` + attached(medium("411300000000002.mp4")) + `}]`, "stories/highlights.json": `[{"timestamp":1700000003,` + attached(medium("411200000000003.jpg")) + `}]`,
			"stories/story_reactions.json": `[{"timestamp":1700000004,"title":"Herz"}]`}),
			insta(map[string]string{"threads/threads_and_replies.json": `{"text_post_app_text_posts":[{"media":[{"uri":"media/other/17999000000000001.jpg","creation_timestamp":1700000009,"title":"Faden"}]}]}`}, nil)},
		items: []string{`reel published "" [411300000000001.mp4 (video) missing] short_videos/profile_reels_2.json[0]`, `reel published "" [411300000000002.mp4 (video) missing] reels/clips.json[0]`,
			`story published "" [411200000000003.jpg missing] stories/highlights.json[0]`, `post unknown "Faden" [17999000000000001.jpg missing] threads/threads_and_replies.json[0]`},
		notes: []string{"not_content stories/story_reactions.json", "state reels/clips.json", "state stories/highlights.json", "state threads/threads_and_replies.json"},
	}, {
		name: "archive.json: the post that the timeline has, by its words",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000001,"data":[{"post":"Verborgen, aber da"}]}]`,
			"posts/archive.json": `{"timestamp":1700000001,"fbid":"9","label_values":[{"label":"Beitrag","value":"Verborgen, aber da"},{"label":"URL","value":"https://www.facebook.com/x"}]}`})},
		items: []string{`post archived "Verborgen, aber da" [] posts/profile_posts_1.json[0] posts/archive.json[0] permalink="https://www.facebook.com/x"`},
	}, {
		name:  "elements of other types between good ones",
		trees: []fixtures.Tree{page(map[string]string{posts: `[{"timestamp":1700000001,"data":[{"post":"a"}]},null,7,"x",[],{"foo":1},{},{"timestamp":1700000002,"data":{"post":"b"},"attachments":{"data":[]},"title":5}]`})},
		items: []string{`post published "a" [] posts/profile_posts_1.json[0]`, `post published "b" [] posts/profile_posts_1.json[7]`},
		notes: []string{"empty posts/profile_posts_1.json[6]", "unknown_form posts/profile_posts_1.json[1]", "unknown_form posts/profile_posts_1.json[2]", "unknown_form posts/profile_posts_1.json[3]", "unknown_form posts/profile_posts_1.json[4]", "unknown_form posts/profile_posts_1.json[5]"},
	}} {
		t.Run(test.name, func(t *testing.T) {
			entries := 0
			for _, tree := range test.trees {
				entries += len(tree)
			}
			s := scanPaths(t, write(t, test.trees...)...)
			if diff := cmp.Diff(test.items, s.lines()); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notes, s.noteLines()); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			checkTally(t, s, entries)
		})
	}
}

func TestSeveralAccounts(t *testing.T) {
	other := everything()
	other.Name, other.User, other.ID = "Bäckerei Nord", "nord", "100064000000002"
	other.Posts = other.Posts[1:2]
	other.Albums, other.Videos, other.Uncategorized = nil, nil, nil
	fb := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, everything(), fixtures.Options{})
	ig := fixtures.Build(fixtures.Instagram26, fixtures.JSON, everything(), fixtures.Options{})
	second := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, other, fixtures.Options{})
	both := scanPaths(t, write(t, fb, ig)...)
	alone := len(scanPaths(t, write(t, fb)...).items) + len(scanPaths(t, write(t, ig)...).items)
	for name, s := range map[string]seen{
		"two zips": both, "both unpacked into one folder": scanPaths(t, folders(t, fb.With(ig))...),
		"both below an outer folder": scanPaths(t, write(t, fb.Wrap("facebook-oe-2026").With(ig.Wrap("instagram-oe-2026")).Wrap("meta-2026-Nov-02-09-30-00"))...),
	} {
		if len(s.items) != alone {
			t.Errorf("%s: %d items, want %d", name, len(s.items), alone)
		}
	}
	s := scanPaths(t, write(t, fb, second)...)
	names := map[string]int{}
	for _, i := range s.items {
		names[i.Account]++
		if !strings.HasPrefix(i.Origins[0].Where, i.Account+"/") {
			t.Errorf("%s: place %q does not tell the account %q", i.Key, i.Origins[0].Where, i.Account)
		}
	}
	if names["Tischlerei Öllerkamp"] == 0 || names["Bäckerei Nord"] == 0 {
		t.Errorf("accounts: %v", names)
	}
}

// TestKeys: the same publication has the same key from a later export, from renumbered albums and after an edit.
func TestKeys(t *testing.T) {
	keys := func(a *fixtures.Account, g fixtures.Generation) map[string]string {
		out := map[string]string{}
		for _, i := range scanPaths(t, write(t, fixtures.Build(g, fixtures.JSON, a, fixtures.Options{}))...).items {
			name := i.Text
			if len(i.Media) > 0 {
				name = i.Media[0].File
			}
			out[name] = string(i.Key)
		}
		return out
	}
	before := keys(everything(), fixtures.FacebookPage)
	later := everything()
	later.Albums[0], later.Albums[1] = later.Albums[1], later.Albums[0]
	later.Posts[0].Text += " (bearbeitet)"
	later.Posts = append(later.Posts, fixtures.Post{At: at(500), Text: "Neu"})
	after := keys(later, fixtures.FacebookPage)
	delete(after, "Neu")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("keys changed (-before +after):\n%s", diff)
	}
}

func TestID(t *testing.T) {
	tree := fixtures.Build(fixtures.FacebookPage, fixtures.JSON, everything(), fixtures.Options{})
	a, b := write(t, tree), write(t, tree)
	renamed := filepath.Join(filepath.Dir(b[0]), "anders.zip")
	must(t, os.Rename(b[0], renamed))
	if x, y := scanPaths(t, a...).id, scanPaths(t, renamed).id; x != y || !strings.HasPrefix(x, "export:") || len(x) != len("export:")+16 {
		t.Errorf("IDs %q and %q of one archive", x, y)
	}
	if x, y := scanPaths(t, a...).id, scanPaths(t, write(t, tree.Without("album/0"))...).id; x == y {
		t.Errorf("one ID %q for two archives", x)
	}
	dir := filepath.Join(t.TempDir(), "export")
	must(t, tree.Folder(dir))
	must(t, os.MkdirAll(filepath.Join(dir, "export.case"), 0o700))
	x := scanPaths(t, dir).id
	must(t, os.WriteFile(filepath.Join(dir, "export.case", "case.db"), []byte(time.Now().String()), 0o600))
	if y := scanPaths(t, dir).id; x != y {
		t.Errorf("a case inside the folder changes the ID from %q to %q", x, y)
	}
}

// TestTwoDates: two exports of one account, the later one with more posts, an edit and other album numbers, are one
// account whose publications count once.
func TestTwoDates(t *testing.T) {
	later := everything()
	later.Albums[0], later.Albums[1] = later.Albums[1], later.Albums[0]
	later.Posts = append(later.Posts, fixtures.Post{At: at(500), Text: "Neu", Media: []fixtures.Medium{photo(50)}})
	for _, g := range []fixtures.Generation{fixtures.FacebookPage, fixtures.Instagram26} {
		first := fixtures.Build(g, fixtures.JSON, everything(), fixtures.Options{}).Wrap("facebook-oellerkamp-2026-05-02-AbCdEfGh")
		second := fixtures.Build(g, fixtures.JSON, later, fixtures.Options{}).Wrap("facebook-oellerkamp-2026-11-02-IjKlMnOp")
		want := scanPaths(t, write(t, second)...)
		got := scanPaths(t, write(t, first, second)...)
		if diff := cmp.Diff(plain(want.lines()), plain(got.lines())); diff != "" {
			t.Errorf("%s: items of the later export and of both (-later +both):\n%s", g, diff)
		}
		checkTally(t, got, len(second))
	}
}

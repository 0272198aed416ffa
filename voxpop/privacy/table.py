"""THE table: every field of every model, whether it says something of a person, and its fate.

A field without a row fails a test, and so does docs/privacy.md when it says anything else. To add
one: is it about a person, then a `Personal` with what it is, how long it is kept, what an erasure
does to it and whether he is given it; else a `Plain`. The erasure walks over the columns that name
a person (`claims/belongings.py`) and does to each what is said here.
"""

from voxpop.privacy.kept import Fate, Kept, Personal, Plain, kept

ACCOUNT = "as long as the account"
AUTHOR = "as long as the account or guest"
COMMENT = "as long as the comment"
FORUM = "as long as the forum"
TAKEN_BACK = "until he takes it back"
YEAR = "395 days"
A_DAY = "24 hours"
SECRETS = "Who had it could sign in with it, or it is of no use to anybody else."
NOT_HIS = "It is the forum's record, or words for moderators only."

TABLE: dict[str, Kept] = {
    "accounts.User": kept(
        Personal("email", "the address he signs in with", ACCOUNT, Fate.GOES),
        Personal("password", "his password, as a slow hash", ACCOUNT, Fate.GOES, False, SECRETS),
        Personal("last_login created", "when he signed in last, and up", ACCOUNT, Fate.GOES),
        Personal("language", "his language", ACCOUNT, Fate.GOES),
        Plain("id is_active is_operator sign_outs"),
    ),
    "accounts.Author": kept(
        Personal("name", "the name that others see", AUTHOR, Fate.EMPTIED),
        Personal(
            "name_skeleton",
            "what the name looks like",
            AUTHOR,
            Fate.EMPTIED,
            False,
            "It is made of the name.",
        ),
        Personal("email", "the address that a guest gave", AUTHOR, Fate.EMPTIED),
        Personal("became", "who he is since he was merged or claimed", AUTHOR, Fate.LOOSED),
        Personal("proven", "when that address was proven to be his", AUTHOR, Fate.EMPTIED),
        Personal("imported_key", "who he was where his comments came from", AUTHOR, Fate.EMPTIED),
        Personal("user", "his account", AUTHOR, Fate.LOOSED, False, "It is the account's own row."),
        Personal(
            "handle", "where his comments lead, while his profile is public", ACCOUNT, Fate.EMPTIED
        ),
        Personal("site_profile", "where his own site has him", AUTHOR, Fate.EMPTIED),
        Personal("avatar", "the name of the avatar he uploaded", ACCOUNT, Fate.EMPTIED),
        Plain("id kind forum is_active created has_personas"),
    ),
    "accounts.Persona": kept(
        Personal(
            "author forum is_shown",
            "that he is not on one site who he is elsewhere",
            ACCOUNT,
            Fate.STAYS,
            why="With texts that stay under another name, or they would be joined; else it goes.",
        ),
        Personal("name", "who he is there", ACCOUNT, Fate.EMPTIED),
        Personal(
            "name_skeleton",
            "what it looks like",
            ACCOUNT,
            Fate.EMPTIED,
            False,
            "It is made of the name.",
        ),
        Plain("id"),
    ),
    "profiles.Profile": kept(
        Personal(
            "author handle is_public about shows_people",
            "what he shows of himself, private until he makes it public",
            ACCOUNT,
            Fate.GOES,
        ),
    ),
    "profiles.Closing": kept(
        Personal("user closed reopened", "that his account was closed", ACCOUNT, Fate.GOES),
        Personal("reason", "why, in an operator's words", ACCOUNT, Fate.GOES, False, NOT_HIS),
        Personal("by reopened_by", "who decided", ACCOUNT, Fate.LOOSED, False, NOT_HIS),
        Plain("id"),
    ),
    "profiles.Avatar": kept(
        Personal("author created", "that he uploaded an avatar", ACCOUNT, Fate.GOES),
        Personal(
            "name small large",
            "his avatar",
            ACCOUNT,
            Fate.GOES,
            False,
            "It is made of the picture that he uploaded, and everybody sees it.",
        ),
    ),
    "profiles.Handle": kept(
        Personal("author", "whose names they are", ACCOUNT, Fate.LOOSED),
        Personal(
            "name",
            "the names that his profile had, so that nobody else is called so",
            "for good",
            Fate.EMPTIED,
            why="A digest under the server's key keeps others from the name.",
        ),
        Personal(
            "skeleton",
            "what they look like",
            "for good",
            Fate.EMPTIED,
            False,
            "It is made of the name.",
        ),
    ),
    "accounts.AccessToken": kept(
        Personal(
            "author kind created expires turn turned fresh_until shortname device",
            "where he is signed in: the forum, the browser in plain words",
            "a year",
            Fate.GOES,
        ),
        Personal("digest family", "a digest of the token", "a year", Fate.GOES, False, SECRETS),
        Plain("id"),
    ),
    "accounts.Browser": kept(
        Personal(
            "user device began seen",
            "the browsers in which he is signed in on our own pages, in plain words, and the day on"
            " which he was there last",
            "14 days",
            Fate.GOES,
        ),
        Personal(
            "session_key", "the session that ends with it", "14 days", Fate.GOES, False, SECRETS
        ),
        Plain("id"),
    ),
    "accounts.SignInCode": kept(
        Personal(
            "author digest challenge expires is_fetched",
            "a code on its way to a frame",
            "five minutes",
            Fate.GOES,
            False,
            SECRETS,
        ),
        Plain("id"),
    ),
    "accounts.SignInLink": kept(
        Personal(
            "user digest expires", "a link that signs in once", "7 days", Fate.GOES, False, SECRETS
        ),
        Plain("id"),
    ),
    "accounts.Invitation": kept(
        Personal("used_by", "who has used an invitation", ACCOUNT, Fate.LOOSED, False, NOT_HIS),
        Plain("id digest note created"),
    ),
    "account.EmailAddress": kept(
        Personal(
            "user email verified primary", "his addresses, and which are proven", ACCOUNT, Fate.GOES
        ),
        Plain("id"),
    ),
    "account.EmailConfirmation": kept(
        Personal(
            "email_address created sent key",
            "a link that proves an address",
            "3 days",
            Fate.GOES,
            False,
            SECRETS,
        ),
        Plain("id"),
    ),
    "socialaccount.SocialAccount": kept(
        Personal(
            "user provider uid extra_data date_joined last_login",
            "his accounts elsewhere that open this one: number, name",
            "until he unlinks it",
            Fate.GOES,
        ),
        Plain("id"),
    ),
    # allauth's; tokens of providers are not kept, and what providers know us by is in settings.
    "socialaccount.SocialToken": kept(
        Plain("id app account token token_secret expires_at"),
    ),
    "socialaccount.SocialApp": kept(
        Plain("id provider provider_id name client_id secret key settings"),
    ),
    "identities.MastodonHost": kept(Plain("id host client_id client_secret confirmed")),
    "mfa.Authenticator": kept(
        Personal(
            "user type created_at last_used_at",
            "his passkeys, authenticator app, recovery codes",
            ACCOUNT,
            Fate.GOES,
        ),
        Personal("data", "what proves them, sealed", ACCOUNT, Fate.GOES, False, SECRETS),
        Plain("id"),
    ),
    "sessions.Session": kept(
        Personal(
            "session_key session_data expire_date",
            "where he is signed in on our own pages",
            "14 days",
            Fate.GOES,
            False,
            SECRETS,
        ),
    ),
    "forums.Forum": kept(
        Plain(
            "id shortname name created revision language sort allows_guests guest_proof "
            "is_premoderated holds_first_comment edit_minutes vote_mode depth_shown "
            "closes_after_days word_list greeting post_label reply_label placeholder accent "
            "is_listed shows_more "
            "sso sso_address sso_moderates "
            "flooded_until requires_second_factor"
        )
    ),
    "forums.Site": kept(Plain("id forum origin")),
    "forums.Membership": kept(
        Personal("user forum role created", "which forums he runs", "until it ends", Fate.GOES),
        Plain("id"),
    ),
    "forums.RoleLink": kept(Plain("id digest forum role expires")),
    "screening.Ban": kept(
        Personal(
            "author forum created ends lifted", "that he was banned somewhere", FORUM, Fate.GOES
        ),
        Personal(
            "address",
            "the network that a ban covers",
            "until the ban ends, and ADDRESS_DAYS",
            Fate.STAYS,
            False,
            "The ban of a network is not his alone; it names nobody any more.",
        ),
        Personal("reason", "why, in a moderator's words", FORUM, Fate.EMPTIED, False, NOT_HIS),
        Personal("by", "who banned", FORUM, Fate.LOOSED, False, NOT_HIS),
        Plain("id"),
    ),
    "threads.Thread": kept(
        Plain(
            "id public_id forum identifier url title created last_commented seq comment_count "
            "is_locked is_premoderated is_sensitive pinned"
        )
    ),
    "threads.ThreadAlias": kept(Plain("id forum kind value thread")),
    "threads.Comment": kept(
        Personal("source", "what he wrote", COMMENT, Fate.CHOSEN),
        Personal(
            "html fragment shape",
            "what is shown of it",
            COMMENT,
            Fate.CHOSEN,
            False,
            "It is made of what he wrote.",
        ),
        Personal("author", "who wrote it: from then on “deleted user”", COMMENT, Fate.STAYS),
        Personal("address", "his network, not his whole address", "ADDRESS_DAYS", Fate.EMPTIED),
        Personal("verdict", "why it was held or refused", COMMENT, Fate.EMPTIED, False, NOT_HIS),
        Personal("badge", "what he was in the forum then", COMMENT, Fate.EMPTIED),
        Personal(
            "status created edited",
            "what became of it, and when",
            COMMENT,
            Fate.STAYS,
            why="Its place in the thread.",
        ),
        Personal(
            "imported_id",
            "its number where it came from",
            COMMENT,
            Fate.STAYS,
            False,
            "So that it does not come a second time with the next import.",
        ),
        Plain(
            "id forum thread parent root_id depth path is_shown sanitizer revision seq up down "
            "rank replies branch flags"
        ),
    ),
    "threads.Unproven": kept(
        Personal(
            "comment since",
            "that a guest's comment waits until his address is proven",
            "7 days, and with it the comment",
            Fate.GOES,
        ),
    ),
    "threads.Revision": kept(
        Personal("source number created status", "earlier texts of a comment", COMMENT, Fate.GOES),
        Personal(
            "html",
            "the same as it was shown",
            COMMENT,
            Fate.GOES,
            False,
            "It is made of what he wrote.",
        ),
        Personal("verdict", "why an edit was held or refused", COMMENT, Fate.GOES, False, NOT_HIS),
        Plain("id comment"),
    ),
    "threads.ThreadEvent": kept(Plain("id thread seq kind comments created")),
    "threads.Vote": kept(
        Personal("author comment value changed", "what he voted", TAKEN_BACK, Fate.GOES),
        Plain("id"),
    ),
    "threads.PendingTally": kept(Plain("comment thread")),
    "threads.Flag": kept(
        Personal("author comment reason created", "what he reported", COMMENT, Fate.GOES),
        Plain("id"),
    ),
    "moderation.Decision": kept(
        Personal(
            "verb comment ban told created undone",
            "what was decided about him",
            FORUM,
            Fate.STAYS,
            why="Of comments and forums; nobody is named by it any more.",
        ),
        Personal(
            "reason before",
            "why, and what was before, in a moderator's words",
            FORUM,
            Fate.EMPTIED,
            False,
            NOT_HIS,
        ),
        Personal("by undone_by", "who decided", FORUM, Fate.LOOSED, False, NOT_HIS),
        Plain("id forum thread claim"),
    ),
    "moderation.Claim": kept(
        Personal(
            "of by asked note created",
            "that he asked for comments of an archive, and what he told the moderators",
            AUTHOR,
            Fate.GOES,
        ),
        Plain("id forum"),
    ),
    "moderation.Given": kept(Plain("id claim comment")),
    "transfer.Import": kept(
        Personal("by", "who brought a file", FORUM, Fate.LOOSED, False, NOT_HIS),
        Plain(
            "id forum source file name file_digest is_dry_run state position size report created "
            "ended"
        ),
    ),
    "timelines.TimelineEntry": kept(
        Personal(
            "owner entry_id kind written",
            "the order of his inbox, of his feed, and of what he wrote",
            YEAR,
            Fate.GOES,
            False,
            "The notices themselves are given.",
        ),
        Plain("id"),
    ),
    "timelines.Watermark": kept(
        Personal("owner entry_id", "how far he has read his inbox", AUTHOR, Fate.GOES),
    ),
    "notices.Notice": kept(
        Personal("to comment kind", "what he was told", YEAR, Fate.GOES),
        Plain("id"),
    ),
    "notices.PersonalNotice": kept(
        Personal("to comment person kind number", "what he was told of himself", YEAR, Fate.GOES),
        Plain("id"),
    ),
    "notices.Letter": kept(
        Personal(
            "to channel comment person kind number created due gone attempts sent_as",
            "mail and pushes that are due or went",
            YEAR,
            Fate.GOES,
        ),
        Personal(
            "error",
            "what a mail server answered",
            YEAR,
            Fate.GOES,
            False,
            "It is the operator's, to find what is wrong.",
        ),
        Plain("id"),
    ),
    "notices.Wish": kept(
        Personal(
            "author forum kind inbox mail push",
            "how he wants to be told of what",
            AUTHOR,
            Fate.GOES,
        ),
        Plain("id"),
    ),
    "notices.Reach": kept(
        Personal("author zone", "his time zone, as his browser told it", AUTHOR, Fate.GOES),
        Personal(
            "quiet_from quiet_until summary_hour summary_weekday",
            "his quiet hours, and when summaries come",
            AUTHOR,
            Fate.GOES,
        ),
        Personal("confirmed", "when a guest said that his address is his", AUTHOR, Fate.GOES),
    ),
    "notices.Device": kept(
        Personal(
            "author endpoint created failing rests_until gone sign_outs",
            "browsers that show him pushes, by their address at a push service",
            "until he turns it off, or has seen that it is gone; 395 days at most after that",
            Fate.GOES,
        ),
        Personal(
            "p256dh auth",
            "what pushes to that browser are encrypted with",
            "until he turns it off, or it is gone",
            Fate.GOES,
            False,
            SECRETS,
        ),
        Plain("id"),
    ),
    "notices.Refusal": kept(
        Personal(
            "digest why since",
            "a keyed digest of an address that has refused mail, and why",
            YEAR,
            Fate.STAYS,
            False,
            "It says nobody's name, and else mail would go there again.",
        ),
    ),
    "notices.MailWish": kept(
        Personal(
            "author replies mentions watches decisions confirmed",
            "what he wanted mail about, as the version before kept it",
            AUTHOR,
            Fate.GOES,
        ),
    ),
    "people.Follow": kept(
        Personal("by of", "whom he follows, and who follows him", TAKEN_BACK, Fate.GOES),
        Plain("id"),
    ),
    "people.Watch": kept(
        Personal("by thread", "which threads he watches", TAKEN_BACK, Fate.GOES),
        Plain("id"),
    ),
    "people.WidelyFollowed": kept(
        Personal(
            "author",
            "that very many follow him",
            ACCOUNT,
            Fate.GOES,
            False,
            "It is counted from those who follow him.",
        ),
    ),
    "people.Mute": kept(
        Personal(
            "by of", "whom he mutes", TAKEN_BACK, Fate.GOES, why="Who mutes him he is not told."
        ),
        Plain("id"),
    ),
    "people.PersonaMute": kept(
        Personal(
            "by persona",
            "whom he mutes on one site, where that is another than elsewhere",
            TAKEN_BACK,
            Fate.GOES,
            why="Who mutes him he is not told.",
        ),
        Plain("id"),
    ),
    "privacy.Erasure": kept(
        Personal(
            "author asked due keeps_text",
            "that he asked to be erased",
            "until he is erased or calls it off",
            Fate.GOES,
        ),
    ),
    "privacy.Takeout": kept(
        Personal(
            "author asked state done size expires",
            "that he asked for all that is his",
            "3 days, as the file itself",
            Fate.GOES,
            False,
            "It is that file.",
        ),
        Plain("id"),
    ),
    "sso.SsoIdentity": kept(
        Personal(
            "author forum remote_id picture profile is_email_verified created last_seen",
            "who he is on the site that vouches for him, as it told last",
            AUTHOR,
            Fate.GOES,
        ),
        Plain("id picture_due picture_tries picture_taken"),
    ),
    "sso.SsoKey": kept(Plain("id forum kind public_key created last_used")),
    "sso.UsedToken": kept(Plain("id digest expires")),
    "limits.Answered": kept(
        Personal(
            "actor key body_digest status body created",
            "answers to his writes, in case he asks again",
            A_DAY,
            Fate.GOES,
            False,
            "It is the product's own memory of what is given above.",
        ),
        Plain("id"),
    ),
    "mails.Mail": kept(
        Personal(
            "sealed created due until attempts is_held_off",
            "a mail to him that has not gone yet, sealed with the server's key",
            "until it has gone; one with a code as long as that holds, any other two days",
            Fate.GOES,
            False,
            "Only the sender opens it, and then it is gone.",
        ),
        Plain("id"),
    ),
    "events.OutboxEvent": kept(
        Personal(
            "payload error",
            "what is still due, by numbers",
            "until it is done, seconds",
            Fate.STAYS,
            False,
            "It holds no text of anybody, at most the address of a profile; the rest is looked up.",
        ),
        Plain("id name created finished attempts due is_given_up is_purge_due line"),
    ),
    "events.Lease": kept(Plain("name holder until")),
    "events.EdgeNode": kept(Plain("id address away_since has_missed_removal release")),
    "analytics.Figure": kept(Plain("id forum metric minute label source value coarseness")),
    "analytics.Recounted": kept(Plain("id until")),
    "trending.Heat": kept(Plain("thread forum heat people voters newest")),
    "trending.Felt": kept(Plain("id until")),
    "auth.Group": kept(Plain("id name")),
    "auth.Group_permissions": kept(Plain("id group permission")),
    "auth.Permission": kept(Plain("id name content_type codename")),
    "contenttypes.ContentType": kept(Plain("id app_label model")),
}

"""The fixed words of ``/newsdesk``: settings, help, privacy, diagnosis."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewsdeskWords:
    """The table ``[newsdesk]`` of a language's file."""

    only_managers: str
    only_in_servers: str

    settings: str
    settings_intro: str
    editor_roles: str
    editor_roles_text: str
    editor_roles_hint: str
    question_channels: str
    question_channels_text: str
    answer_channels: str
    answer_channels_text: str
    moderators_channel: str
    moderators_channel_text: str
    threads: str
    in_channel: str
    in_thread: str
    language: str
    language_text: str
    each_own: str
    member_seconds: str
    no_wait: str
    wait: str
    server_questions: str
    no_limit: str
    per_minute: str
    choose_roles: str
    choose_channels: str
    gone: str
    nowhere: str
    forget_gone: str
    intent_off: str
    lacking: str

    help: str
    help_questions: str
    help_only: str
    help_editors: str
    help_managers: str

    privacy: str
    privacy_feeds: str
    privacy_model: str
    export: str
    exported: str
    exported_here: str
    delete: str
    confirm: str
    confirm_delete: str
    confirm_keep: str
    deleted: str
    kept: str

    diagnosis: str
    versions: str
    articles: str
    embeddings: str
    chat_model: str
    no_chat_model: str
    index_trouble: str
    backup: str
    no_backup: str
    backup_failed: str
    latency: str
    no_latency: str
    gateway: str
    intent_on: str
    intent_absent: str
    permissions_complete: str
    permissions_missing: str

"""Management: groups, queues and clips, below `/t/<slug>/manage/`."""

from __future__ import annotations

from django.urls import path

from callcenter.groups.views import clips, groups, queues

urlpatterns = [
    path("", groups.start, name="manage"),
    path("groups/", groups.groups, name="manage_groups"),
    path("groups/new/", groups.new_group, name="manage_group_new"),
    path("groups/undo/<int:entry_id>/", groups.undo, name="manage_groups_undo"),
    path("groups/<int:group_id>/", groups.group, name="manage_group"),
    path("groups/<int:group_id>/switch/", groups.switch_group, name="manage_group_switch"),
    path("groups/<int:group_id>/numbers/", groups.numbers, name="manage_group_numbers"),
    path(
        "groups/<int:group_id>/numbers/<int:number_id>/", groups.number, name="manage_group_number"
    ),
    path(
        "groups/<int:group_id>/numbers/<int:number_id>/remove/",
        groups.remove_number,
        name="manage_group_number_remove",
    ),
    path("groups/<int:group_id>/members/", groups.members, name="manage_group_members"),
    path(
        "groups/<int:group_id>/members/<int:member_id>/", groups.member, name="manage_group_member"
    ),
    path(
        "groups/<int:group_id>/members/<int:member_id>/remove/",
        groups.remove_member,
        name="manage_group_member_remove",
    ),
    path("groups/<int:group_id>/hearing/", groups.hearing, name="manage_group_hearing"),
    path("groups/<int:group_id>/queues/", queues.queues, name="manage_group_queues"),
    path("groups/<int:group_id>/queues/new/", queues.new_queue, name="manage_queue_new"),
    path("groups/<int:group_id>/queues/<int:queue_id>/", queues.queue, name="manage_queue"),
    path(
        "groups/<int:group_id>/queues/<int:queue_id>/delete/",
        queues.delete_queue,
        name="manage_queue_delete",
    ),
    path("clips/", clips.clips, name="manage_clips"),
    path("clips/<int:clip_id>/", clips.clip, name="manage_clip"),
    path("clips/<int:clip_id>/replace/", clips.replace_clip, name="manage_clip_replace"),
    path("clips/<int:clip_id>/delete/", clips.delete_clip, name="manage_clip_delete"),
    path("clips/<int:clip_id>/audio.wav", clips.clip_audio, name="manage_clip_audio"),
]

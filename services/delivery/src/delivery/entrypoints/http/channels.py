"""Channels: where leads are posted."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query

from delivery.entrypoints.http.answers import ChannelAnswer, ChannelWithSecret, TestResult
from delivery.entrypoints.http.channel_api import ChannelsApi
from delivery.entrypoints.http.channel_bodies import (
    ChannelChange,
    ChannelType,
    NewChannel,
    Rotation,
    WantedStatus,
)
from delivery.entrypoints.http.channel_tester import ChannelTester
from leadstream.api import Operator, Page, PagingQuery, Viewer, answers

Status = Annotated[str | None, Query(pattern="^(active|paused|disabled)$")]


def channels_router(api: ChannelsApi, tester: ChannelTester) -> APIRouter:
    router = APIRouter(prefix="/channels", tags=["channels"])

    @router.get("", summary="Channels, oldest first", response_model=Page[ChannelAnswer])
    async def list_channels(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        type: ChannelType | None = None,
        status: Status = None,
    ) -> dict[str, Any]:
        return await api.list_all(caller, paging, workspace_id, type, status)

    @router.post(
        "",
        status_code=201,
        summary="Make a channel, or change the one with this name",
        response_model=ChannelWithSecret,
        response_model_exclude_unset=True,
        responses=answers(409),
    )
    async def create_channel(caller: Operator, new: NewChannel) -> dict[str, Any]:
        return await api.put(caller, new)

    @router.get("/{channel_id}", summary="One channel", response_model=ChannelAnswer)
    async def get_channel(caller: Viewer, channel_id: UUID) -> dict[str, Any]:
        return await api.get(caller, channel_id)

    @router.patch(
        "/{channel_id}",
        summary="Change, pause or resume a channel",
        response_model=ChannelAnswer,
        responses=answers(409),
    )
    async def change_channel(
        caller: Operator, channel_id: UUID, body: ChannelChange
    ) -> dict[str, Any]:
        return await api.change(caller, channel_id, body)

    @router.post(
        "/{channel_id}/pause",
        summary="Send nothing there until it is resumed",
        response_model=ChannelAnswer,
        responses=answers(409),
    )
    async def pause_channel(caller: Operator, channel_id: UUID) -> dict[str, Any]:
        return await api.change(caller, channel_id, ChannelChange(status=WantedStatus.PAUSED))

    @router.post(
        "/{channel_id}/resume",
        summary="Send there again, from now on",
        response_model=ChannelAnswer,
        responses=answers(409),
    )
    async def resume_channel(caller: Operator, channel_id: UUID) -> dict[str, Any]:
        return await api.change(caller, channel_id, ChannelChange(status=WantedStatus.ACTIVE))

    @router.post(
        "/{channel_id}/rotate",
        summary="A new secret; a webhook's old one signs on for a while",
        response_model=ChannelWithSecret,
        response_model_exclude_unset=True,
        responses=answers(409),
    )
    async def rotate_secret(
        caller: Operator, channel_id: UUID, body: Annotated[Rotation | None, Body()] = None
    ) -> dict[str, Any]:
        return await api.rotate(caller, channel_id, body or Rotation())

    @router.post(
        "/{channel_id}/test",
        summary="Send a test message there, now",
        response_model=TestResult,
        responses=answers(409),
    )
    async def test_channel(caller: Operator, channel_id: UUID) -> dict[str, Any]:
        return await tester.test(caller, channel_id)

    @router.delete("/{channel_id}", summary="Remove a channel", response_model=ChannelAnswer)
    async def delete_channel(caller: Operator, channel_id: UUID) -> dict[str, Any]:
        return await api.delete(caller, channel_id)

    return router

"""Statements that are not measured: each touches a handful of rows by their keys, however many there are.

Whoever adds a statement decides: here, with what it is looked up by in mind, or among the looks.
"""

from collections.abc import Iterator
from typing import Final

KEYED: Final = {
    "delivery.adapters.slack/turns.sql": """
        end_turn take_turn
    """,
    "delivery.adapters/notices.sql": """
        admins begin_notice insert_notices load_notice
    """,
    "delivery.adapters/troubles.sql": """
        begin_troubles disable_channels enable_channels end_troubles mend_trouble
    """,
    "delivery.adapters/removal.sql": """
        scopes remove_alerts remove_channels remove_digests remove_recipients remove_sender remove_suppressions
    """,
    "discovery.adapters/removal.sql": """
        delete_query remove_lead_count_changes remove_lead_counts remove_queries remove_workspaces
        remove_arrivals remove_buckets remove_imports remove_requests remove_sources
    """,
    "enrichment.adapters/removal.sql": """
        remove_cap_use remove_company_answers remove_credit_accounts remove_credit_ledger remove_provider_budgets
        remove_provider_spending remove_spend_days remove_spending_caps scopes
    """,
    "enrichment.adapters/pending.sql": """
        wake_pending
    """,
    "leadstream.removal/removal.sql": """
        begin_removal count_nothing count_running end_removal get_removal lift_scopes lock_pause
        lock_removal no_scopes note_progress remove_erasures remove_troubles
    """,
    # A row for each thing that is wrong now.
    "leadstream.troubles/troubles.sql": """
        begin_troubles end_troubles forget_troubles mend_troubles subjects_in_trouble
    """,
    "leadstream.runtime.routers/pauses.sql": """
        is_locked lock_pause
    """,
    # A row for each log-out of a day.
    "leadstream.runtime.routers/sessions.sql": """
        has_ended end_session
    """,
    "platform_upload.adapters/removal.sql": """
        delete_buckets delete_connection has_waiting remove_buckets remove_connections remove_person_erasures
    """,
    "scheduler.adapters/removal.sql": """
        count_rows remove_schedules remove_ticks
    """,
    "delivery.adapters/alerts.sql": """
        insert_alerts known_alerts destinations deliveries_of announce_alerts
    """,
    "delivery.adapters/channels.sql": """
        insert_channel get_channel lock_channel update_channel delete_channel sealed_channels
        rewrap_channel
    """,
    "delivery.adapters/deliveries.sql": """
        load_deliveries begin_attempts write_progress get_delivery hold_deliveries alerts_with_unheard_emails
        in_doubt_of_batch leave_batch lock_alerts lock_emailed write_fate stop_asking
    """,
    # By the ids of digests, deliveries or a recipient.
    "delivery.adapters/digests.sql": """
        begin_digests collect_alone deliveries_in digest_leads
        insert_digests join_digests load_digests note_digests
    """,
    "delivery.adapters/resend_events.sql": """
        is_removed note_event
    """,
    # A row for each workspace.
    "delivery.adapters/senders.sql": """
        delete_sender get_sender lock_sender put_sender rewrite_refused
    """,
    "delivery.adapters/erasure.sql": """
        replace_contents addresses_of_recipients addresses_of_senders find_senders show_senders
    """,
    "delivery.adapters/recipients.sql": """
        upsert_recipient lock_recipient hold_recipient get_recipient update_recipient delete_recipient
        recipient_of_token suppress get_suppression choose everywhere_besides lift_suppression resubscribe
    """,
    # By the id of a job, or of a request or an import.
    "discovery.adapters/arrivals.sql": """
        arrivals_of drop_arrivals drop_arrivals_of get_items insert_arrivals
    """,
    # A file has some hundred batches.
    "discovery.adapters/imports.sql": """
        batches_of count_new delete_import digest_of_batch drop_batches finish_import get_import insert_batch
        insert_import lock_import share_import
    """,
    "discovery.adapters/push_sources.sql": """
        count_sources delete_bucket delete_source get_request get_source insert_request insert_source lock_source
        queries_named replace_sealed sealed_after update_source workspace_is_there
    """,
    "discovery.adapters/catalogue.sql": """
        insert_workspace lock_workspace rename_workspace get_workspace insert_topic lock_topic
        change_topic get_topic insert_query change_query lock_query get_query queries_to_run
    """,
    "discovery.adapters/erasure.sql": """
        replace_contacts
    """,
    # Of one run: by the keys of a page, and by query and day.
    "discovery.adapters/known.sql": """
        known_keys created_on_day
    """,
    "discovery.adapters/leads.sql": """
        get_intents get_lead
    """,
    "discovery.adapters/read_model.sql": """
        claim_keys_of_others insert_missing lock_leads facts_of upsert_facts update_standing
    """,
    "discovery.adapters/runs.sql": """
        lock_queries created_on_days failing_queries upsert_runs insert_rejections touch_queries runs_by_id
    """,
    "discovery.adapters/shelf.sql": """
        find_known announced_scores sights_of claim_keys insert_leads update_leads upsert_intents
        insert_discoveries
    """,
    "discovery.adapters/trends.sql": """
        upsert_trends update_topics
    """,
    "enrichment.adapters/answers.sql": """
        begin give_back_budget look_up_answer keep_pending lose_verifications count_refused advance
        keep_answers
    """,
    # Of one workspace and kind, a thousand at once.
    "enrichment.adapters/left_sources.sql": """
        send_on
    """,
    "enrichment.adapters/found_later.sql": """
        raise_revisions
    """,
    "enrichment.adapters/spend.sql": """
        settle_calls
    """,
    "enrichment.adapters/spending_caps.sql": """
        look_at_caps put_caps
    """,
    "enrichment.adapters/budgets.sql": """
        put_budget get_budget
    """,
    # Of one lead, or of its few jobs.
    "enrichment.adapters/costs.sql": """
        calls_of credits_of enrichments_of knows_lead
    """,
    "enrichment.adapters/credits.sql": """
        insert_account change_account get_account lock_account reserve_credit note_reservation
        settle_reservations start_day
    """,
    "enrichment.adapters/enrichments.sql": """
        save_enrichments save_contacts fail_enrichments
    """,
    "enrichment.adapters/erasure.sql": """
        addresses_of_accounts recount_contacts choose_primaries
    """,
    "enrichment.adapters/leads.sql": """
        upsert_leads get_lead
    """,
    # A row for each provider that a workspace has a key of its own for.
    "leadstream.accounts/accounts.sql": """
        configured owners_of lock_account get_account save_account delete_account show_account sealed_after
        replace_sealed lock_sources get_sources put_sources remove_accounts remove_sources scopes
    """,
    "leadstream.api/audit.sql": """
        record_change
    """,
    "leadstream.erasure/erasure.sql": """
        lock_people_shared lock_people find_erased remember_person is_remembered lift_objection remembered_as
        begin_erasure lock_erasure save_progress finish_erasure tell_audit get_erasure replace_event
        replace_refused_event same_erasure addresses_in_refused_events
    """,
    "leadstream.erasure/receipts.sql": """
        lock_chain add_entries move_head chain_after receipt unfinished_of export_salts export_people learn_salts
        learn_people begin_search lock_search save_search finish_search get_search was_begun
    """,
    "leadstream.history/history.sql": """
        get_job get_payload job_attempts attempts_of_jobs job_held_by lead_jobs retry_jobs cancel_jobs rerun_with
    """,
    "leadstream.jobs/jobs.sql": """
        insert_jobs renew_leases settle_jobs give_back give_groups
    """,
    "leadstream.ratelimit/ratelimit.sql": """
        take_tokens take_whole_tokens settle_tokens make_bucket return_tokens
    """,
    "leadstream.kafka/intake.sql": """
        bind_leads get_bindings get_dead_letters note_dead_letters mark_replayed
    """,
    "leadstream.outbox/outbox.sql": """
        insert_events notify_outbox hold_events delete_events set_aside try_lead transactions
    """,
    "leadstream.pauses/pauses.sql": """
        upsert_pause delete_pause get_pause lift_scope notify_pauses open_circuit postpone_probe
    """,
    "platform_upload.adapters/connections.sql": """
        lock_connection lock_connections_shared get_connections get_adapter get_version hold_of
        missing_connections save_connection disable_connection show_connection sealed_after
        replace_sealed connections_of
    """,
    "platform_upload.adapters/creations.sql": """
        try_record_lock release_record_lock note_creation announce_creation get_creation forget_creation
    """,
    "platform_upload.adapters/erasure.sql": """
        not_over
        replace_payloads replace_overrides lock_person save_person forget_unsent people_of_erasure get_person
        are_under_way traces_of written_of replace_written forget_people mark_failed open_people
        sealed_people_after replace_sealed_person
    """,
    "platform_upload.adapters/retention.sql": """
        delete_failed_erasures
    """,
    "platform_upload.adapters/slots.sql": """
        make_slots take_slot return_slot
    """,
    "platform_upload.adapters/uploads.sql": """
        earlier_uploads settle_contacts newest_requests lock_upload correct_upload addresses_in_text
        insert_uploads settle_uploads newest_revisions uploads_of
    """,
    "scheduler.adapters/schedules.sql": """
        save_progress insert_ticks existing_ticks get_schedule lock_schedule insert_schedule
        change_schedule set_pause
    """,
}


def keyed() -> Iterator[str]:
    for source, names in KEYED.items():
        for name in names.split():
            yield f"{source}:{name}"
